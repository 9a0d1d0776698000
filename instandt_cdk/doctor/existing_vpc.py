"""Whether the operator's own VPC has what the settings say, and room for what is added to it."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.doctor.quotas import is_own
from instandt_cdk.doctor.region import zone_names
from instandt_cdk.doctor.requirements import ENDPOINT_SERVICES
from instandt_cdk.settings import ExistingVpc, Settings

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import SubnetTypeDef, VpcEndpointTypeDef

LEAST_ADDRESSES = 40
"""The free addresses that the settings' manual asks of each application subnet."""


def answers_names(ec2: "EC2Client", existing: ExistingVpc) -> Iterator[Finding]:
    """The VPC resolves names, and has the internet gateway that CloudFront asks for."""
    support = ec2.describe_vpc_attribute(VpcId=existing.id, Attribute="enableDnsSupport")
    names = ec2.describe_vpc_attribute(VpcId=existing.id, Attribute="enableDnsHostnames")
    gateways = ec2.describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [existing.id]}]
    )
    modify = f"`aws ec2 modify-vpc-attribute --vpc-id {existing.id}"
    lacks = {
        ("DNS support", f"{modify} --enable-dns-support`"): not support["EnableDnsSupport"][
            "Value"
        ],
        ("DNS hostnames", f"{modify} --enable-dns-hostnames`"): not names["EnableDnsHostnames"][
            "Value"
        ],
        (
            "an internet gateway, which CloudFront asks for but does not route through",
            f"`aws ec2 attach-internet-gateway --vpc-id {existing.id} --internet-gateway-id …`",
        ): not gateways["InternetGateways"],
    }
    for (what, remedy), is_lacking in lacks.items():
        if is_lacking:
            yield failed(f"{existing.id} lacks {what}", remedy)
    if not any(lacks.values()):
        yield good(f"{existing.id} has DNS names and an internet gateway")


def subnets_fit(ec2: "EC2Client", settings: Settings, existing: ExistingVpc) -> Iterator[Finding]:
    """The subnets are in this VPC and its range, in the order of the zones, and have room."""
    wanted = {
        "application_subnet_ids": existing.application_subnet_ids,
        "data_subnet_ids": existing.data_subnet_ids,
    }
    answer = ec2.describe_subnets(
        Filters=[{"Name": "subnet-id", "Values": [id_ for ids in wanted.values() for id_ in ids]}]
    )
    found = {subnet["SubnetId"]: subnet for subnet in answer["Subnets"]}
    problems = [
        failed(f"{subnet} {problem}", f"correct network.existing_vpc.{key}")
        for key, ids in wanted.items()
        for subnet, zone in zip(ids, zone_names(settings), strict=True)
        for problem in _misfits(found.get(subnet), zone, existing)
    ]
    yield from problems or [good("each subnet is where the settings say")]
    for subnet in existing.application_subnet_ids:
        free = found[subnet]["AvailableIpAddressCount"] if subnet in found else LEAST_ADDRESSES
        if free < LEAST_ADDRESSES:
            yield failed(
                f"{subnet} has {free} free addresses of the {LEAST_ADDRESSES} that are needed",
                "free some, or name a larger subnet in network.existing_vpc.application_subnet_ids",
            )


def _misfits(subnet: "SubnetTypeDef | None", zone: str, existing: ExistingVpc) -> Iterator[str]:
    if subnet is None:
        yield "does not exist"
        return
    if subnet["VpcId"] != existing.id:
        yield f"is in {subnet['VpcId']}, not in {existing.id}"
    if subnet["AvailabilityZone"] != zone:
        yield f"is in {subnet['AvailabilityZone']}, but stands in the place of {zone}"
    if not IPv4Network(subnet["CidrBlock"]).subnet_of(IPv4Network(existing.cidr)):
        yield f"has the range {subnet['CidrBlock']}, outside network.existing_vpc.cidr"


def endpoints_are_free(
    ec2: "EC2Client", settings: Settings, existing: ExistingVpc
) -> Iterator[Finding]:
    """No other endpoint has the names or the routes of those that are added.

    Source: "Access an AWS service using an interface VPC endpoint", AWS PrivateLink Guide.
    """
    pages = ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=[{"Name": "vpc-id", "Values": [existing.id]}]
    )
    others = [
        endpoint
        for page in pages
        for endpoint in page["VpcEndpoints"]
        if not is_own(endpoint.get("Tags", []), settings)
    ]
    taken = [endpoint for endpoint in others if _takes_a_name(endpoint, settings)]
    routed = [
        endpoint
        for endpoint in others
        if set(existing.application_route_table_ids) & set(endpoint.get("RouteTableIds", []))
        and endpoint["ServiceName"].endswith(".s3")
    ]
    for endpoint in taken:
        yield failed(
            f"{endpoint['VpcEndpointId']} has the name of {endpoint['ServiceName']} already",
            "leave out network.interface_endpoints: this VPC has its own",
        )
    for endpoint in routed:
        yield failed(
            f"{endpoint['VpcEndpointId']} leads to S3 from these route tables already",
            "leave out network.existing_vpc.application_route_table_ids",
        )
    if not taken and not routed:
        yield good("no endpoint of the VPC is in the way")


def _takes_a_name(endpoint: "VpcEndpointTypeDef", settings: Settings) -> bool:
    region, service = settings.aws.region, endpoint["ServiceName"]
    return (
        settings.network.has_interface_endpoints
        and endpoint.get("PrivateDnsEnabled", False)
        and service.removeprefix(f"com.amazonaws.{region}.") in ENDPOINT_SERVICES
    )
