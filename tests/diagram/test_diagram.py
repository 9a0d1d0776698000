"""The picture shows what production's templates say, and can be read."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from instandt_cdk.changes.stacks import Stacks
from instandt_cdk.diagram.findings import MissingError
from instandt_cdk.diagram.layout import drawing
from instandt_cdk.diagram.svg import Area, Drawing
from tests.support import ROOT
from tests.support.choices import synthesis_of

FILE = ROOT / "docs" / "architecture.svg"

SHOWN = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::VpcOrigin",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NatGateway",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::Lambda::Function",
    "AWS::RDS::DBInstance",
    "AWS::Route53::RecordSet",
    "AWS::S3::Bucket",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::WebACL",
    "Custom::DatabaseMigration",
    "Custom::OriginCertificate",
)

Properties = dict[str, Any]


@cache
def _production() -> Stacks:
    return Stacks.synthesized(synthesis_of("prod").directory)


def _without(kept: Callable[[str, dict[str, Any]], bool]) -> Stacks:
    """Production without resources, by logical id and resource."""
    return Stacks(
        {
            place: {
                **template,
                "Resources": {
                    name: resource
                    for name, resource in template["Resources"].items()
                    if kept(name, resource)
                },
            }
            for place, template in _production().templates.items()
        }
    )


def _changed(prefix: str, change: Callable[[Properties], object]) -> Stacks:
    """Production with other properties of the resources whose logical ids begin so."""
    templates = deepcopy(dict(_production().templates))
    for template in templates.values():
        for name, resource in template["Resources"].items():
            if name.startswith(prefix):
                change(resource["Properties"])
    return Stacks(templates)


def test_the_picture_is_up_to_date() -> None:
    assert FILE.read_text() == drawing(_production()).svg(), "make docs"


@pytest.mark.parametrize("kind", SHOWN)
def test_what_the_templates_lack_is_not_drawn(kind: str) -> None:
    with pytest.raises(MissingError):
        drawing(_without(lambda _name, resource: resource["Type"] != kind))


def _ways() -> Iterator[str]:
    for template in _production().templates.values():
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
                yield name


def _is_drawn_without(way: str) -> bool:
    try:
        drawing(_without(lambda name, _resource: name != way))
    except MissingError:
        return False
    return True


def test_an_arrow_needs_its_security_group_rule() -> None:
    """The others let in CloudFront, which the VPC origin draws, the bastion, and the logins' function."""
    needed = {way for way in _ways() if not _is_drawn_without(way)}
    others = {way.partition("SecurityGroup")[0] for way in set(_ways()) - needed}
    assert others == {"", "Balancer", "DatabaseLogins"}
    assert len(needed) == 6


@pytest.mark.parametrize(
    ("prefix", "key", "value"),
    [
        ("ClusterGroup", "MinSize", "3"),
        ("BackendServiceTaskCount", "MaxCapacity", 9),
        ("CertificateRenewal", "ScheduleExpression", "rate(6 hours)"),
        ("DatabaseInstance", "MultiAZ", False),
        ("LoadBalancer", "Scheme", "internet-facing"),
        ("LoadBalancerHttps", "Port", 8443),
        ("Ssm", "VpcEndpointType", "Gateway"),
        ("Vpc8378", "CidrBlock", "10.9.0.0/16"),
        ("WebAcl", "Rules", []),
    ],
)
def test_what_the_templates_say_is_drawn(prefix: str, key: str, value: object) -> None:
    changed = _changed(prefix, lambda properties: properties.update({key: value}))
    assert drawing(changed).svg() != drawing(_production()).svg()


def test_a_bastion_with_an_open_port_is_not_drawn() -> None:
    def let_in(properties: Properties) -> None:
        properties["SourceSecurityGroupId"], properties["GroupId"] = (
            properties["GroupId"],
            properties["SourceSecurityGroupId"],
        )

    with pytest.raises(MissingError, match="Session Manager is not the only way in"):
        drawing(_changed("BalancerSecurityGroupfromServicesBastion", let_in))


@pytest.mark.parametrize("role", ["BackendTaskDefinitionTaskRole", "BastionRole"])
def test_a_way_that_no_policy_allows_is_not_drawn(role: str) -> None:
    def forbid(properties: Properties) -> None:
        if "PolicyDocument" in properties:
            properties["PolicyDocument"] = {"Statement": []}

    with pytest.raises(MissingError):
        drawing(_changed(role, forbid))


@pytest.mark.parametrize(
    ("prefix", "key", "other"),
    [
        ("CertificateRenewal", "Targets", "CertificateLock"),
        ("FrontendRule", "Actions", "BackendTargets"),
        ("LoadBalancerHttps", "Certificates", "SecurityGroup"),
        ("MediaAccess", "PolicyDocument", "AccessLogs"),
    ],
)
def test_what_leads_to_something_else_is_not_drawn(prefix: str, key: str, other: str) -> None:
    """Another resource of the same stack."""
    found = next(
        name
        for template in _production().templates.values()
        if any(each.startswith(prefix) for each in template["Resources"])
        for name in template["Resources"]
        if name.startswith(other)
    )
    changed = _changed(prefix, lambda properties: properties.update({key: {"Ref": found}}))
    with pytest.raises(MissingError):
        drawing(changed)


def _overlap(one: Area, other: Area) -> bool:
    return (
        one.left < other.left + other.width
        and other.left < one.left + one.width
        and one.top < other.top + other.height
        and other.top < one.top + one.height
    )


def _contains(outer: Area, inner: Area) -> bool:
    return (
        outer.left <= inner.left
        and inner.left + inner.width <= outer.left + outer.width
        and outer.top <= inner.top
        and inner.top + inner.height <= outer.top + outer.height
    )


def _lines(drawn: Drawing) -> Iterator[Area]:
    """The arrows between their ends, which touch boxes."""
    for (x, y), (to_x, to_y) in drawn.ways:
        assert x == to_x or y == to_y
        left, top = min(x, to_x), min(y, to_y)
        yield (
            Area(left - 1, top + 1, 2, abs(to_y - y) - 2)
            if x == to_x
            else Area(left + 1, top - 1, abs(to_x - x) - 2, 2)
        )


def test_nothing_covers_anything() -> None:
    drawn = drawing(_production())
    whole = Area(0, 0, drawn.width, drawn.height)
    assert all(_contains(whole, area) for area in drawn.boxes)
    assert all(_contains(whole, area) for area, _ in drawn.texts)
    for one, other in combinations(drawn.boxes, 2):
        assert not _overlap(one, other), (one, other)
    for (one, text), (other, another) in combinations(drawn.texts, 2):
        assert not _overlap(one, other), (text, another)
    for area, text in drawn.texts:
        touched = [box for box in drawn.boxes if _overlap(area, box)]
        assert all(_contains(box, area) for box in touched), text
    for line in _lines(drawn):
        assert not [box for box in drawn.boxes if _overlap(line, box)]
        assert not [text for area, text in drawn.texts if _overlap(line, area)]
