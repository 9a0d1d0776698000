"""Only the edge is public; who reaches whom inside is in tests/network."""

from typing import Any

from tests.support.synthesis import Synthesis

VPC_CIDR = "10.0.0.0/16"


def _rules(prod: Synthesis) -> list[dict[str, Any]]:
    inline = [
        rule
        for _, _, group in prod.resources("AWS::EC2::SecurityGroup")
        for rule in group["Properties"].get("SecurityGroupIngress", [])
    ]
    own = [r["Properties"] for _, _, r in prod.resources("AWS::EC2::SecurityGroupIngress")]
    return inline + own


def test_only_the_edge_is_public(synthesis: Synthesis) -> None:
    for _, logical_id, balancer in synthesis.resources("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        assert balancer["Properties"]["Scheme"] == "internal", logical_id
    for _, logical_id, database in synthesis.resources("AWS::RDS::DBInstance"):
        assert database["Properties"]["PubliclyAccessible"] is False, logical_id
    for _, logical_id, subnet in synthesis.resources("AWS::EC2::Subnet"):
        assert not subnet["Properties"]["MapPublicIpOnLaunch"], logical_id
    for _, logical_id, service in synthesis.resources("AWS::ECS::Service"):
        network = service["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED", logical_id
    for _, logical_id, bucket in synthesis.resources("AWS::S3::Bucket"):
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}, (
            logical_id
        )


def test_no_security_group_lets_the_internet_in(synthesis: Synthesis) -> None:
    rules = _rules(synthesis)
    assert rules
    for rule in rules:
        assert rule.get("CidrIp") in (None, VPC_CIDR), rule
        assert "CidrIpv6" not in rule
        assert rule["IpProtocol"] == "tcp", rule


def test_the_bastion_has_no_open_port_and_no_key(prod: Synthesis) -> None:
    services = prod.templates["Services"]["Resources"]
    (bastion,) = [
        resource["Properties"]["LaunchTemplateData"]
        for logical_id, resource in services.items()
        if logical_id.startswith("BastionTemplate")
        and resource["Type"] == "AWS::EC2::LaunchTemplate"
    ]
    assert "KeyName" not in bastion
    (group_id,) = [reference["Fn::GetAtt"][0] for reference in bastion["SecurityGroupIds"]]
    assert "SecurityGroupIngress" not in services[group_id]["Properties"]
    assert not [
        r
        for _, _, r in prod.resources("AWS::EC2::SecurityGroupIngress")
        if r["Properties"]["GroupId"] == {"Fn::GetAtt": [group_id, "GroupId"]}
    ]


def test_instances_answer_metadata_requests_with_a_token_only(prod: Synthesis) -> None:
    templates = list(prod.resources("AWS::EC2::LaunchTemplate"))
    assert len(templates) == 2
    for _, logical_id, template in templates:
        options = template["Properties"]["LaunchTemplateData"]["MetadataOptions"]
        assert options["HttpTokens"] == "required", logical_id
        assert options["HttpPutResponseHopLimit"] == 1, logical_id
    assert not list(prod.resources("AWS::EC2::Instance"))


def test_the_site_is_served_with_modern_tls_behind_the_web_acl(prod: Synthesis) -> None:
    ((_, _, distribution),) = prod.resources("AWS::CloudFront::Distribution")
    config = distribution["Properties"]["DistributionConfig"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert config["WebACLId"]["Fn::GetAtt"][1] == "Arn"
    (origin,) = config["Origins"]
    assert origin["DomainName"] == "internal.instandt.example.com"
    assert "VpcOriginConfig" in origin
    ((_, _, vpc_origin),) = prod.resources("AWS::CloudFront::VpcOrigin")
    endpoint = vpc_origin["Properties"]["VpcOriginEndpointConfig"]
    assert endpoint["OriginProtocolPolicy"] == "https-only"
    assert endpoint["OriginSSLProtocols"] == ["TLSv1.2"]
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    assert {b["ViewerProtocolPolicy"] for b in behaviors} == {"redirect-to-https"}


def test_no_error_is_cached(prod: Synthesis) -> None:
    ((_, _, distribution),) = prod.resources("AWS::CloudFront::Distribution")
    responses = distribution["Properties"]["DistributionConfig"]["CustomErrorResponses"]
    assert {r["ErrorCachingMinTTL"] for r in responses} == {0}
    # All that the API has ("CustomErrorResponse", Amazon CloudFront API Reference).
    assert {r["ErrorCode"] for r in responses} == {
        400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504,
    }  # fmt: skip
