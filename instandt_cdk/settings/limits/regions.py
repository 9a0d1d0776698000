"""Facts about AWS regions that cannot be looked up without an account."""

EDGE_REGION = "us-east-1"
"""The region in which CloudFront requires its certificates and web ACLs ("Requirements for using SSL/TLS
certificates with CloudFront", Amazon CloudFront Developer Guide)."""

CLOUDFRONT_PREFIX_LISTS = {
    "ap-northeast-1": "pl-58a04531",
    "ap-northeast-2": "pl-22a6434b",
    "ap-northeast-3": "pl-31a14458",
    "ap-south-1": "pl-9aa247f3",
    "ap-southeast-1": "pl-31a34658",
    "ap-southeast-2": "pl-b8a742d1",
    "ca-central-1": "pl-38a64351",
    "eu-central-1": "pl-a3a144ca",
    "eu-north-1": "pl-fab65393",
    "eu-west-1": "pl-4fa04526",
    "eu-west-2": "pl-93a247fa",
    "eu-west-3": "pl-75b1541c",
    "sa-east-1": "pl-5da64334",
    "us-east-1": "pl-3b927c52",
    "us-east-2": "pl-b6a144df",
    "us-west-1": "pl-4ea04527",
    "us-west-2": "pl-82a045eb",
}
"""The prefix lists of CloudFront's origin-facing addresses by region, as published with "Limit access to your
origins using the AWS-managed prefix list for Amazon CloudFront" (AWS Networking & Content Delivery Blog)."""

VPC_ORIGIN_REGIONS = frozenset(CLOUDFRONT_PREFIX_LISTS) | {
    "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2",
    "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
}  # fmt: skip
"""The regions where CloudFront reaches origins inside a VPC ("Restrict access with VPC origins", Amazon
CloudFront Developer Guide)."""

ZONES_WITHOUT_VPC_ORIGINS = frozenset({"apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"})
"""The ids of these regions' zones where it does not (the same page). Which name such a zone has differs from
account to account."""
