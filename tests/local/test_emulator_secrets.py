"""The embedded AWS keeps and rotates secrets as Secrets Manager and RDS do, and decides who may."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pg8000.native  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError

from local.emulator.rotation import INTERRUPTIONS
from tests.support.databases import connect
from tests.support.emulated import ACCOUNT, REGION, Cloud, allow, policy
from tests.support.servers import wait_until

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]

ROTATION = """
import boto3

def handle(event, context):
    client, step = boto3.client("secretsmanager"), event["Step"]
    secret, token = event["SecretId"], event["ClientRequestToken"]
    print(step)
    if step == "createSecret":
        client.put_secret_value(SecretId=secret, SecretString="new", VersionStages=["AWSPENDING"],
                                ClientRequestToken=token)
    if step == "testSecret":
        client.describe_secret(SecretId=secret)
    if step == "finishSecret":
        versions = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        (old,) = (version for version, labels in versions.items() if "AWSCURRENT" in labels)
        client.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT",
                                           MoveToVersionId=token, RemoveFromVersionId=old)
"""


def _function(*, allowed: bool) -> dict[str, Any]:
    """A secret with a value, and a function that rotates it."""
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }
    arn = {"Fn::GetAtt": ["Function", "Arn"]}
    resources: dict[str, Any] = {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"SecretString": "old"},
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": json.loads(policy(trust)),
                "Policies": [
                    {
                        "PolicyName": "own",
                        "PolicyDocument": json.loads(policy(allow("secretsmanager:*", "logs:*"))),
                    }
                ],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "rotation",
                "Runtime": "python3.11",
                "Handler": "index.handle",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Timeout": 60,
                "Code": {"ZipFile": ROTATION},
            },
        },
        "Schedule": {
            "Type": "AWS::SecretsManager::RotationSchedule",
            "DependsOn": ["Permission"] if allowed else [],
            "Properties": {
                "SecretId": {"Ref": "Secret"},
                "RotationLambdaARN": arn,
                "RotateImmediatelyOnUpdate": False,
                "RotationRules": {"AutomaticallyAfterDays": 30},
            },
        },
    }
    if allowed:
        resources["Permission"] = {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": arn,
                "Action": "lambda:InvokeFunction",
                "Principal": "secretsmanager.amazonaws.com",
                "SourceAccount": ACCOUNT,
            },
        }
    return {"Resources": resources, "Outputs": {"Secret": {"Value": {"Ref": "Secret"}}}}


def test_a_secret_without_a_value_has_no_version(cloud: Cloud) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Description": "empty"}}
    outputs = {"Secret": {"Value": {"Ref": "Secret"}}}
    cloud.apply("empty", {"Resources": {"Secret": secret}, "Outputs": outputs})
    client, arn = cloud.client("secretsmanager"), cloud.outputs("empty")["Secret"]
    assert not client.describe_secret(SecretId=arn).get("VersionIdsToStages")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_secret_value(SecretId=arn)
    client.put_secret_value(SecretId=arn, SecretString="filled")
    secret["Properties"] = {"Description": "changed"}
    cloud.apply("empty", {"Resources": {"Secret": secret}, "Outputs": outputs})
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "filled"
    cloud.delete("empty")


def test_rds_keeps_the_masters_password(cloud: Cloud) -> None:
    instance = {
        "Type": "AWS::RDS::DBInstance",
        "DeletionPolicy": "Delete",
        "Properties": {
            "DBInstanceIdentifier": "managed",
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": "20",
            "DBName": "instandt",
            "MasterUsername": "instandt",
            "ManageMasterUserPassword": True,
        },
    }
    stack = cloud.apply("managed", {"Resources": {"Database": instance}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("managed")
    (found,) = cloud.client("rds").describe_db_instances(DBInstanceIdentifier="managed")[
        "DBInstances"
    ]
    secrets, arn = cloud.client("secretsmanager"), found["MasterUserSecret"]["SecretArn"]
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert value.keys() == {"username", "password"}
    connection = connect(cloud.directory, "managed", password=value["password"])
    # The master may make roles, and is no superuser.
    ((is_superuser,),) = connection.run("SELECT rolsuper FROM pg_roles WHERE rolname = 'instandt'")
    assert is_superuser is False
    connection.run("CREATE ROLE somebody")
    with pytest.raises(pg8000.native.DatabaseError, match=r"permission denied|only superusers"):
        connection.run("CREATE EXTENSION file_fdw")
    connection.close()
    # Only who may read this instance's secrets may read it.
    for tag, allowed in ((found["DBInstanceArn"], True), ("arn:aws:rds:another", False)):
        key = "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn"
        role = cloud.role(
            f"tagged-{allowed}",
            allow("secretsmanager:GetSecretValue", condition={"StringLike": {key: f"{tag}*"}}),
        )
        client = cloud.client_of(role, "secretsmanager")
        if allowed:
            client.get_secret_value(SecretId=arn)
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                client.get_secret_value(SecretId=arn)
    cloud.delete("managed")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.describe_secret(SecretId=arn)


def test_a_call_of_ecs_is_decided_on_services_and_tasks(cloud: Cloud) -> None:
    place = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
    cloud.client("ecs").create_cluster(clusterName="ours")
    here = {"ArnEquals": {"ecs:cluster": f"{place}:cluster/ours"}}
    role = cloud.role(
        "of-ecs",
        allow("ecs:ListServices", "ecs:ListTasks", condition=here),
        allow("ecs:DescribeServices", "ecs:UpdateService", resource=f"{place}:service/ours/*"),
        allow("ecs:DescribeTasks", resource=f"{place}:task/ours/*"),
    )
    ecs = cloud.client_of(role, "ecs")
    ecs.list_services(cluster="ours")
    ecs.list_tasks(cluster="ours")
    ecs.describe_services(cluster="ours", services=["some"])
    ecs.describe_tasks(cluster="ours", tasks=[f"{place}:task/ours/0123"])
    for call, given in (
        (ecs.list_services, {}),
        (ecs.describe_services, {"services": ["some"]}),
        (ecs.describe_tasks, {"tasks": ["0123"]}),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(cluster="another", **given)


@pytest.fixture(scope="module")
def rotated(cloud: Cloud) -> Iterator[str]:
    """The ARN of a secret with a function that rotates it."""
    stack = cloud.apply("rotated", _function(allowed=True))
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("rotated")
    yield cloud.outputs("rotated")["Secret"]
    cloud.delete("rotated")


def _value(cloud: Cloud, secret: str, **version: str) -> str | None:
    """Return the secret's value, or None while the version has none."""
    client = cloud.client("secretsmanager")
    with suppress(client.exceptions.ResourceNotFoundException):
        return str(client.get_secret_value(SecretId=secret, **version)["SecretString"])
    return None


def test_secrets_manager_needs_the_functions_permission(cloud: Cloud) -> None:
    stack = cloud.apply("refused-rotation", _function(allowed=False))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "grants access to the principal" in " ".join(cloud.failures("refused-rotation"))


def test_a_rotation_that_was_killed_goes_on_where_secrets_manager_repeats_it(
    cloud: Cloud, rotated: str
) -> None:
    client = cloud.client("secretsmanager")
    # Trying the function when the schedule was made has left nothing.
    assert list(client.describe_secret(SecretId=rotated)["VersionIdsToStages"].values()) == [
        ["AWSCURRENT"]
    ]
    (cloud.directory / INTERRUPTIONS).write_text(json.dumps({"createSecret": "PutSecretValue"}))
    token = client.rotate_secret(SecretId=rotated)["VersionId"]
    wait_until(
        lambda: _value(cloud, rotated, VersionId=token) == "new",
        what="the call that was answered before the kill has taken effect",
    )
    assert _value(cloud, rotated) == "old"
    with pytest.raises(ClientError, match="That rotation will be reattempted"):
        client.rotate_secret(SecretId=rotated)
    wait_until(lambda: _value(cloud, rotated) == "new", what="the rotation is complete")
    # With the token of the rotation, no other value can be written.
    with pytest.raises(ClientError, match="ResourceExistsException"):
        client.put_secret_value(SecretId=rotated, SecretString="another", ClientRequestToken=token)
    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/rotation")["events"]
    steps = [line for event in events for line in event["message"].split() if line in STEPS]
    assert steps[-4:] == STEPS
