"""`make destroy` does not wait an hour for what nobody needs any more."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.destroy import obstacles, vaults
from instandt_cdk.commands.destroy.stacks import StackThere, stacks
from instandt_cdk.settings import load
from tests.doctor.stubs import answering
from tests.support.emulated import ACCOUNT, NETWORK, REGION, Cloud, allow
from tests.support.settings_files import write

TOPIC = {"Type": "AWS::SNS::Topic"}
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 4500, "End": True}}}


@pytest.fixture
def environment(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setattr(obstacles, "POLL_SECONDS", 0.1)
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="obstacles")
    return Deployed(settings=load(tmp_path, "obstacles"))


def _stack(
    cloud: Cloud, environment: Deployed, title: str, resources: dict[str, Any]
) -> StackThere:
    cloud.apply(f"instandt-obstacles-{title}", {"Resources": resources})
    (stack,) = [one for one in stacks(environment) if one.title.lower() == title]
    return stack


def _say_that_it_is_deleted(monkeypatch: pytest.MonkeyPatch, **resources: str) -> None:
    """The emulator deletes at once; AWS takes its time, during which it lists these."""
    busy = {f"AWS::{kind.replace('_', '::')}": [name] for kind, name in resources.items()}
    monkeypatch.setattr(obstacles, "_being_deleted", lambda *_: busy)


def test_executions_end_with_their_state_machine(
    cloud: Cloud, environment: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = cloud.role("obstacles-machine", allow("sns:Publish"))
    client = cloud.client("stepfunctions")
    machine = client.create_state_machine(
        name="obstacles", definition=json.dumps(WAITS), roleArn=role
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    stack = _stack(cloud, environment, "services", {"Topic": TOPIC})
    assert list(obstacles.clear(environment, stack)) == []
    assert client.describe_execution(executionArn=execution)["status"] == "RUNNING"

    _say_that_it_is_deleted(monkeypatch, StepFunctions_StateMachine=machine)
    assert list(obstacles.clear(environment, stack)) == [
        "Services: ended an execution of obstacles"
    ]
    assert client.describe_execution(executionArn=execution)["status"] == "ABORTED"
    # It may be gone by the next look.
    client.delete_state_machine(stateMachineArn=machine)
    assert list(obstacles.clear(environment, stack)) == []


def test_instances_that_wait_to_be_drained_end(
    cloud: Cloud, environment: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = _stack(cloud, environment, "ingress", {"Topic": TOPIC})
    _say_that_it_is_deleted(monkeypatch, AutoScaling_AutoScalingGroup="group")
    hook = "ecs-managed-draining-termination-hook"
    instances = {
        "i-0000000000waiting": "Terminating:Wait",
        "i-0000000000running": "InService",
    }
    # The emulator knows no instance that waits.
    with Stubber(environment.client("autoscaling")) as stubber:
        stubber.add_response(
            "describe_lifecycle_hooks",
            {"LifecycleHooks": [{"LifecycleHookName": hook}]},
            {"AutoScalingGroupName": "group"},
        )
        described = [
            {
                "InstanceId": name,
                "LifecycleState": state,
                "AvailabilityZone": "eu-central-1a",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
            }
            for name, state in instances.items()
        ]
        group = {
            "AutoScalingGroupName": "group",
            "MinSize": 0,
            "MaxSize": 0,
            "DesiredCapacity": 0,
            "DefaultCooldown": 0,
            "AvailabilityZones": [],
            "HealthCheckType": "EC2",
            "CreatedTime": 0,
            "Instances": described,
        }
        stubber.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [group]})
        stubber.add_response(
            "complete_lifecycle_action",
            {},
            {
                "AutoScalingGroupName": "group",
                "LifecycleHookName": hook,
                "InstanceId": "i-0000000000waiting",
                "LifecycleActionResult": "CONTINUE",
            },
        )
        assert list(obstacles.clear(environment, stack)) == [
            "Ingress: let the instance i-0000000000waiting end"
        ]
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize("policy", ["Delete", "RetainExceptOnCreate"])
def test_a_vault_is_emptied_before_it_is_deleted(
    cloud: Cloud, environment: Deployed, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    monkeypatch.setattr(vaults, "POLL_SECONDS", 0)
    name = f"instandt-obstacles-{policy.lower()}"
    vault = {"Type": vaults.VAULT, "Properties": {"BackupVaultName": name}}
    title = "storage" if policy == "Delete" else "replica"
    stack = _stack(cloud, environment, title, {"Vault": vault | {"DeletionPolicy": policy}})
    if policy != "Delete":
        assert list(vaults.empty(environment, stack)) == []
        return
    arn = "arn:aws:rds:eu-central-1:000000000000:snapshot:awsbackup:job-1"
    # A stack whose first creation failed has no template.
    for there in (stack, replace(stack, template={})):
        # The emulator lists no recovery points.
        with Stubber(environment.client("backup")) as stubber:
            for status in ("COMPLETED", "DELETING", None):
                points = [{"RecoveryPointArn": arn, "Status": status}] if status else []
                stubber.add_response(
                    "list_recovery_points_by_backup_vault",
                    {"RecoveryPoints": points},
                    {"BackupVaultName": name},
                )
                if status == "COMPLETED":
                    stubber.add_response(
                        "delete_recovery_point",
                        {},
                        {"BackupVaultName": name, "RecoveryPointArn": arn},
                    )
            assert list(vaults.empty(environment, there)) == [
                f"Storage: deleting a snapshot in the vault {name}"
            ]
            stubber.assert_no_pending_responses()


def test_a_bucket_of_a_stack_whose_creation_failed_is_emptied(
    cloud: Cloud, environment: Deployed
) -> None:
    stack = replace(_stack(cloud, environment, "secrets", {"Topic": TOPIC}), template={})
    storage, name = cloud.client("s3"), "obstacles-logs"
    place = {"LocationConstraint": REGION}
    storage.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    storage.put_object(Bucket=name, Key="log", Body=b"late")
    listed = {
        "LogicalResourceId": "Logs",
        "PhysicalResourceId": name,
        "ResourceType": "AWS::S3::Bucket",
        "LastUpdatedTimestamp": 0,
        "ResourceStatus": "DELETE_FAILED",
    }
    # The emulator lets no creation fail like that.
    answers = [("list_stack_resources", {"StackResourceSummaries": [listed]})]
    environment._clients["cloudformation", REGION] = answering("cloudformation", answers)
    obstacles.empty_buckets(environment, stack)
    assert "Contents" not in storage.list_objects_v2(Bucket=name)


def test_the_network_waits_until_cloudfront_has_left_it(
    cloud: Cloud, environment: Deployed
) -> None:
    stack = _stack(cloud, environment, "network", NETWORK)
    assert list(obstacles.await_cloudfront(environment, stack)) == []
    client = cloud.client("ec2")
    group = client.create_security_group(
        GroupName=obstacles.CLOUDFRONT_GROUP,
        Description="CloudFront's",
        VpcId=environment.resource("Network", "AWS::EC2::VPC"),
    )["GroupId"]
    waiting = obstacles.await_cloudfront(environment, stack)
    assert "waiting until CloudFront has left the VPC" in next(waiting)
    client.delete_security_group(GroupId=group)
    assert list(waiting) == []
