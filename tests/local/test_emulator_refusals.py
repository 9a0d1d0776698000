"""The embedded AWS refuses what AWS refuses when a deployment is repeated."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.emulated import NETWORK, Cloud

BROKEN = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": "sg-none"}}
"""A resource whose creation fails."""
INSTANCE = {
    "AllocatedStorage": "20",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "MasterUsername": "instandt",
    "MasterUserPassword": "of-nobody",
}
PROTECTED_ATTRIBUTE = [{"Key": "deletion_protection.enabled", "Value": "true"}]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Logs::LogGroup", {"LogGroupName": "aws-waf-logs-taken"}),
        ("AWS::SecretsManager::Secret", {"Name": "taken", "SecretString": "of nobody"}),
        ("AWS::S3::Bucket", {"BucketName": "taken"}),
        ("AWS::RDS::DBInstance", {"DBInstanceIdentifier": "taken", **INSTANCE}),
    ],
)
def test_a_name_that_is_taken_is_refused(
    cloud: Cloud, kind: str, properties: dict[str, str]
) -> None:
    name = f"taken-{kind.rpartition(':')[2].lower()}"
    resource = {"Type": kind, "Properties": properties, "DeletionPolicy": "RetainExceptOnCreate"}
    resources = {"Named": resource, "Broken": BROKEN | {"DependsOn": "Named"}}
    # The rollback of its own creation leaves the name free …
    assert cloud.apply(name, {"Resources": resources})["StackStatus"] == "ROLLBACK_COMPLETE"
    cloud.delete(name)
    first = cloud.apply(name, {"Resources": {"Named": resource}})
    assert first["StackStatus"] == "CREATE_COMPLETE", cloud.failures(name)
    # … and a deletion does not.
    cloud.delete(name)
    again = cloud.apply(name, {"Resources": {"Named": resource}})
    assert again["StackStatus"] == "ROLLBACK_COMPLETE"
    # For a bucket, CloudFormation already asks before it begins.
    assert re.search("already exists|Validation failed", " ".join(cloud.failures(name)))


def test_what_is_retained_plainly_survives_the_rollback_of_its_own_creation(cloud: Cloud) -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "plainly-retained"}}
    resources = {
        "Group": group | {"DeletionPolicy": "Retain"},
        "Broken": BROKEN | {"DependsOn": "Group"},
    }
    cloud.apply("plainly", {"Resources": resources})
    (found,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix="plainly")["logGroups"]
    assert found["logGroupName"] == "plainly-retained"


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("AWS::RDS::DBInstance", INSTANCE | {"DeletionProtection": True}, "protected DB Instance"),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"LoadBalancerAttributes": PROTECTED_ATTRIBUTE, "Subnets": [{"Ref": "Subnet"}]},
            "deletion protection is enabled",
        ),
    ],
)
def test_what_is_protected_is_not_deleted(
    cloud: Cloud, kind: str, properties: dict[str, Any], words: str
) -> None:
    name = f"protected-{kind.rpartition(':')[2].lower()}"
    protected = {"Type": kind, "Properties": properties, "DeletionPolicy": "Delete"}
    resources = NETWORK | {"It": protected, "Broken": BROKEN | {"DependsOn": "It"}}
    assert cloud.apply(name, {"Resources": resources})["StackStatus"] == "ROLLBACK_FAILED"
    assert words in " ".join(cloud.failures(name))


def test_a_rolled_back_creation_can_only_be_deleted(cloud: Cloud) -> None:
    template = json.dumps({"Resources": {"Broken": BROKEN}})
    cloud.apply("rolled-back", {"Resources": {"Broken": BROKEN}})
    cloudformation = cloud.client("cloudformation")
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state"):
        cloudformation.update_stack(StackName="rolled-back", TemplateBody=template)
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state"):
        cloudformation.create_change_set(
            StackName="rolled-back",
            ChangeSetName="update",
            ChangeSetType="UPDATE",
            TemplateBody=template,
        )


def test_a_stack_that_is_protected_is_not_deleted(cloud: Cloud) -> None:
    cloud.apply("kept", {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloudformation = cloud.client("cloudformation")
    cloudformation.update_termination_protection(StackName="kept", EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName="kept")
