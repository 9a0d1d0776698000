"""What no setting does, but another version of the application may do, is judged, too."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from instandt_cdk.changes import Stacks, examine, harms
from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.stacks import Place
from tests.changes.variations import stacks_of
from tests.support.choices import production

Edit = Callable[[dict[str, Any]], None]
"""Changes the stacks of production: by the stack's and the resource's ids."""


def _edited(edit: Edit) -> Stacks:
    templates = copy.deepcopy(dict(stacks_of(production()).templates))
    edit({place.name.rpartition("-")[2]: template for place, template in templates.items()})
    return Stacks(templates)


def _one(template: dict[str, Any], kind: str, having: str = "") -> tuple[str, dict[str, Any]]:
    """The first resource of the type whose id begins so: its id and the resource."""
    return next(
        (name, resource)
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind and name.startswith(having)
    )


def _set(stack: str, kind: str, having: str = "", **properties: object) -> Edit:
    def edit(stacks: dict[str, Any]) -> None:
        _one(stacks[stack], kind, having)[1]["Properties"].update(properties)

    return edit


def _remove(stack: str, kind: str, having: str = "") -> Edit:
    def edit(stacks: dict[str, Any]) -> None:
        del stacks[stack]["Resources"][_one(stacks[stack], kind, having)[0]]

    return edit


def _delete(stack: str, kind: str, having: str = "") -> Edit:
    """Remove a resource that was to be deleted with its stack."""

    def edit(stacks: dict[str, Any]) -> None:
        _one(stacks[stack], kind, having)[1]["DeletionPolicy"] = "Delete"

    return edit


LOAD_BALANCING = "AWS::ElasticLoadBalancingV2::"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a type
PASSWORD = {"PasswordLength": 40}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_set("storage", "AWS::RDS::DBInstance", DBName="other"), harms.DATABASE_REPLACED),
        (_remove("storage", "AWS::RDS::DBInstance"), harms.DATABASE_REPLACED),
        (_set("storage", SECRET, "DatabaseLogin", SecretString="{}"), harms.NEW_VALUE),
        (_set("secrets", SECRET, "JwtKey", GenerateSecretString=PASSWORD), harms.NEW_VALUE),
        (_set("secrets", SECRET, "AcmeState", SecretString="{ }"), harms.NEW_VALUE),
        (_remove("secrets", SECRET, "JwtKey"), harms.LEFT),
        (_remove("secrets", SECRET, "AcmeState"), harms.KEPT_NAME),
        (_remove("network", "AWS::EC2::VPC"), harms.NETWORK),
        (_remove("network", "AWS::EC2::Subnet", "VpcApplication"), harms.NETWORK),
        (_set("ingress", "AWS::EC2::SecurityGroup", GroupName="other"), harms.NETWORK),
        (_set("ingress", f"{LOAD_BALANCING}LoadBalancer", Name="other"), harms.SERVING),
        (_remove("ingress", f"{LOAD_BALANCING}Listener"), harms.SERVING),
        (_remove("services", f"{LOAD_BALANCING}ListenerRule"), harms.SERVING),
        (_remove("services", f"{LOAD_BALANCING}TargetGroup"), harms.SERVING),
        (_set("services", f"{LOAD_BALANCING}TargetGroup", Port=8080), harms.TARGETS_REPLACED),
        (_set("services", "AWS::ECS::Service", ServiceName="other"), harms.SERVING),
        (_set("cluster", "AWS::ECS::Cluster", ClusterName="other"), harms.SERVING),
        (_remove("ingress", "AWS::Route53::HostedZone"), harms.SERVING),
        (_remove("edge", "AWS::CloudFront::Distribution"), harms.SERVING),
        (_set("edge", "AWS::CloudFront::VpcOrigin", Tags=[]), harms.VPC_ORIGIN),
        (_remove("egress", "AWS::EC2::Route", "Application"), harms.IMAGES_UNREACHABLE),
        (_set("services", "AWS::SSM::Parameter", Type="StringList"), None),
        (_set("network", "AWS::SNS::Topic", TopicName="other"), harms.STALE),
        (_set("secrets", "AWS::Lambda::Function", FunctionName="other"), harms.SERVICE_TOKEN),
        (_set("ingress", "Custom::OriginCertificate", ServiceToken="other"), harms.SERVICE_TOKEN),
        (_set("storage", "AWS::RDS::DBParameterGroup", Description="other"), None),
        (_remove("network", "AWS::KMS::Key"), None),
        (_remove("services", "AWS::Logs::LogGroup"), None),
    ],
)
def test_a_changed_template(edit: Edit, expected: Harm | None) -> None:
    findings = examine(stacks_of(production()), _edited(edit))
    found = [finding.harm for finding in findings]
    assert expected in found if expected else found == []
    for finding in findings:
        assert finding.text.startswith("This version of the application would ")


@pytest.mark.parametrize(
    ("stack", "kind", "having"),
    [
        ("storage", "AWS::S3::Bucket", "Media"),
        ("storage", "AWS::KMS::Key", ""),
        ("secrets", SECRET, "AcmeState"),
    ],
)
def test_what_a_removal_deletes_is_lost(stack: str, kind: str, having: str) -> None:
    before = _edited(_delete(stack, kind, having))
    found = [finding.harm for finding in examine(before, _edited(_remove(stack, kind, having)))]
    assert harms.LOST in found


def _emptied_bucket(*, tagged: bool, emptied: bool) -> Stacks:
    tags = [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}] if tagged else []
    template: dict[str, Any] = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": tags}},
        "Emptied": {
            "Type": "Custom::S3AutoDeleteObjects",
            "Properties": {"ServiceToken": "arn", "BucketName": {"Ref": "Bucket"}},
        },
    }
    if not emptied:
        del template["Emptied"]
    return Stacks({Place("eu-central-1", "instandt-prod-storage"): {"Resources": template}})


@pytest.mark.parametrize(("tagged", "expected"), [(True, [harms.LOST]), (False, [])])
def test_the_function_that_empties_a_bucket_does_so_when_it_leaves(
    tagged: bool, expected: list[Harm]
) -> None:
    before = _emptied_bucket(tagged=True, emptied=True)
    findings = examine(before, _emptied_bucket(tagged=tagged, emptied=False))
    assert [finding.harm for finding in findings] == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"Type": "AWS::Unknown::Thing"}, None, harms.UNKNOWN),
        ({"Type": "AWS::SNS::Topic"}, {"Type": "AWS::SQS::Queue"}, None),
        (
            {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "a", "Type": "String"}},
            {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "b", "Type": "String"}},
            None,
        ),
        (
            {"Type": "AWS::EFS::FileSystem", "Properties": {"Encrypted": False}},
            {"Type": "AWS::EFS::FileSystem", "Properties": {"Encrypted": True}},
            harms.LOST,
        ),
        (
            {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"StateMachineName": "one", "StateMachineType": "STANDARD"},
            },
            {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"StateMachineName": "one", "StateMachineType": "EXPRESS"},
            },
            None,
        ),
        (
            {
                "Type": "AWS::ECS::CapacityProvider",
                "Properties": {
                    "Name": "one",
                    "AutoScalingGroupProvider": {"AutoScalingGroupArn": "a", "ManagedScaling": {}},
                },
            },
            {
                "Type": "AWS::ECS::CapacityProvider",
                "Properties": {
                    "Name": "one",
                    "AutoScalingGroupProvider": {"AutoScalingGroupArn": "b", "ManagedScaling": {}},
                },
            },
            harms.NAMED,
        ),
    ],
)
def test_a_single_resource(
    before: dict[str, Any], after: dict[str, Any] | None, expected: Harm | None
) -> None:
    old, new = (
        Stacks({Place("eu-central-1", "one"): {"Resources": {"It": it} if it else {}}})
        for it in (before, after)
    )
    found = [finding.harm for finding in examine(old, new)]
    assert expected in found if expected else found == []


@pytest.mark.parametrize(
    ("stack", "kind", "having", "expected"),
    [
        ("cluster", "AWS::AutoScaling::AutoScalingGroup", "", harms.SERVING),
        ("cluster", "AWS::ECS::CapacityProvider", "", harms.SERVING),
        ("cluster", "AWS::ECS::Cluster", "", harms.SERVING),
        ("cluster", "AWS::ECS::ClusterCapacityProviderAssociations", "", harms.SERVING),
    ],
)
def test_what_serves_is_named_itself(stack: str, kind: str, having: str, expected: Harm) -> None:
    findings = examine(stacks_of(production()), _edited(_remove(stack, kind, having)))
    (things,) = (finding.things for finding in findings if finding.harm is expected)
    assert kind.rpartition("::")[2] in things.values()


def test_an_address_of_a_file_system_stays_in_its_subnet() -> None:
    old, new = (
        Stacks(
            {
                Place("eu-central-1", "one"): {
                    "Resources": {
                        "It": {
                            "Type": "AWS::EFS::MountTarget",
                            "Properties": {"FileSystemId": "fs-1", "SubnetId": subnet},
                        }
                    }
                }
            }
        )
        for subnet in ("subnet-1", "subnet-2")
    )
    assert [finding.harm for finding in examine(old, new)] == [harms.NETWORK]


def test_shorter_logs_are_named() -> None:
    edit = _set("services", "AWS::Logs::LogGroup", RetentionInDays=7)
    (finding,) = examine(stacks_of(production()), _edited(edit))
    assert finding.harm is harms.LOGS_SHORTENED
