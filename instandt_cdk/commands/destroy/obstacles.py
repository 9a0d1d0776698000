"""What keeps AWS from deleting a stack for an hour, or at all."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import ClientError

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.destroy.stacks import StackThere, keeps

WAITING = "Terminating:Wait"
"""The state of an instance that waits to be terminated ("Amazon EC2 Auto Scaling instance lifecycle")."""

GONE = {"ValidationError", "StateMachineDoesNotExist"}
"""The errors of a group or a state machine that does not exist (their services' API references)."""

CLOUDFRONT_GROUP = "CloudFront-VPCOrigins-Service-SG"
"""The security group that CloudFront makes in a VPC with its first VPC origin, and deletes after the last one
("Restrict access with VPC origins", Amazon CloudFront Developer Guide)."""
CLOUDFRONT_MINUTES = 30
POLL_SECONDS = 15


def clear(environment: Deployed, stack: StackThere) -> Iterator[str]:
    """Clear what a deletion that is under way waits for.

    ECS lets an instance that is to end wait until it is drained. The capacity provider, which would tell when
    it is, is deleted before the instances, so they would wait for an hour. A state machine is gone when its
    last execution has ended ("DeleteStateMachine", AWS Step Functions API Reference); the one that limits the
    draining runs for longer than an hour.
    """
    busy = _being_deleted(environment, stack)
    region = stack.place.region
    for group in busy.get("AWS::AutoScaling::AutoScalingGroup", ()):
        with _unless_gone():
            for line in _end_waiting(environment.client("autoscaling", region=region), group):
                yield f"{stack.title}: {line}"
    for machine in busy.get("AWS::StepFunctions::StateMachine", ()):
        with _unless_gone():
            for line in _end_executions(
                environment.client("stepfunctions", region=region), machine
            ):
                yield f"{stack.title}: {line}"


def empty_buckets(environment: Deployed, stack: StackThere) -> None:
    """Empty the buckets that are to be deleted with the stack and were not.

    The function that empties them runs once. Logs of CloudFront and of load balancers arrive up to an hour
    later, and the bucket is not deleted then.
    """
    resources = stack.template.get("Resources", {})
    client = environment.client("cloudformation", region=stack.place.region)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.identifier)
    for found in [one for page in pages for one in page["StackResourceSummaries"]]:
        if (
            found["ResourceType"] == "AWS::S3::Bucket"
            and found["ResourceStatus"] == "DELETE_FAILED"
            and not keeps(resources.get(found["LogicalResourceId"], {}))
        ):
            storage = boto3.resource("s3", region_name=stack.place.region)
            storage.Bucket(found["PhysicalResourceId"]).object_versions.delete()


def await_cloudfront(environment: Deployed, stack: StackThere) -> Iterator[str]:
    """Wait until CloudFront has deleted its security group, with which the VPC cannot be deleted."""
    client: Any = environment.client("ec2", region=stack.place.region)
    networks = list(environment.resources(stack.title, "AWS::EC2::VPC").values())
    filters = [
        {"Name": "group-name", "Values": [CLOUDFRONT_GROUP]},
        {"Name": "vpc-id", "Values": networks},
    ]
    deadline = time.monotonic() + CLOUDFRONT_MINUTES * 60
    told = False
    while networks and client.describe_security_groups(Filters=filters)["SecurityGroups"]:
        if not told:
            yield f"{stack.title}: waiting until CloudFront has left the VPC, up to {CLOUDFRONT_MINUTES} min"
            told = True
        if time.monotonic() > deadline:
            return
        time.sleep(POLL_SECONDS)


def _being_deleted(environment: Deployed, stack: StackThere) -> Mapping[str, list[str]]:
    """The physical ids of the resources that are being deleted, by type."""
    client = environment.client("cloudformation", region=stack.place.region)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.identifier)
    found: dict[str, list[str]] = {}
    for resource in [one for page in pages for one in page["StackResourceSummaries"]]:
        if resource["ResourceStatus"] == "DELETE_IN_PROGRESS":
            found.setdefault(resource["ResourceType"], []).append(resource["PhysicalResourceId"])
    return found


def _end_waiting(client: Any, group: str) -> Iterator[str]:  # noqa: ANN401 - boto3's are dynamic
    hooks = [
        hook["LifecycleHookName"]
        for hook in client.describe_lifecycle_hooks(AutoScalingGroupName=group)["LifecycleHooks"]
    ]
    described = client.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    for found in described["AutoScalingGroups"]:
        for instance in found["Instances"]:
            if instance["LifecycleState"] != WAITING:
                continue
            for hook in hooks:
                client.complete_lifecycle_action(
                    AutoScalingGroupName=group,
                    LifecycleHookName=hook,
                    InstanceId=instance["InstanceId"],
                    LifecycleActionResult="CONTINUE",
                )
            yield f"let the instance {instance['InstanceId']} end"


def _end_executions(client: Any, machine: str) -> Iterator[str]:  # noqa: ANN401 - boto3's are dynamic
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=machine, statusFilter="RUNNING"
    )
    for execution in [one for page in pages for one in page["executions"]]:
        client.stop_execution(executionArn=execution["executionArn"])
        yield f"ended an execution of {machine.rpartition(':')[2]}"


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Go on if what was asked for has been deleted meanwhile."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"].get("Code") not in GONE:
            raise
