"""What CloudFormation and the migration's state machine say."""

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from instandt_cdk.commands.bundle.evidence import Evidence, Sign, Source, without_metadata, written
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.names import STACKS

MOST_EVENTS = 200
CONSEQUENCE = "cancelled"
"""A word in the reason of a resource that failed only because another one had failed."""


def stacks(environment: Deployed) -> Evidence:
    """Each stack with its newest events; what failed in the last operation of a stack is a sign."""
    found: dict[str, Any] = {}
    signs: list[Sign] = []
    missing = []
    names = environment.settings.names
    for stack in STACKS:
        if stack == "Replica" and not environment.settings.storage.replica_region:
            continue
        name, region = names.stack(stack), environment.region_of(stack)
        client = environment.client("cloudformation", region=region)
        try:
            described = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"].get("Code") != "ValidationError":
                raise
            missing.append(f"There is no stack {name} in {region}")
            continue
        pages = client.get_paginator("describe_stack_events").paginate(StackName=name)
        events = list(
            islice((event for page in pages for event in page["StackEvents"]), MOST_EVENTS)
        )
        found[name] = {"stack": described, "events": events}
        signs += _signs(described, events)
    found["missing"] = missing
    return written(found, signs or [Sign(Source.STACK, text) for text in missing[:1]])


def _signs(stack: dict[str, Any], events: Iterable[dict[str, Any]]) -> Iterator[Sign]:
    """Why the last operation on the stack failed, if it did."""
    status = stack["StackStatus"]
    if "FAILED" not in status and "ROLLBACK" not in status:
        return
    for event in events:  # the newest first
        about_itself = event["PhysicalResourceId"] == event["StackId"]
        state, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if state.endswith("_FAILED") and not about_itself and CONSEQUENCE not in reason:
            yield Sign(Source.STACK, f"{event['LogicalResourceId']}: {reason}")
        if about_itself and state in (
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
        ):
            break
    yield Sign(Source.STACK, f"{stack['StackName']} is {status}")


def migration(environment: Deployed) -> Evidence:
    """The last runs of the migration; if the newest failed, its cause is a sign."""
    machines = environment.resources("Services", "AWS::StepFunctions::StateMachine")
    client = environment.client("stepfunctions")
    found, signs = [], []
    for name, arn in machines.items():
        if not name.startswith("Migration"):
            continue
        runs = client.list_executions(stateMachineArn=arn, maxResults=3)["executions"]
        for run in runs:
            described = without_metadata(
                client.describe_execution(executionArn=run["executionArn"])
            )
            found.append(described)
        if found and found[0]["status"] not in ("RUNNING", "SUCCEEDED"):
            newest = found[0]
            words = f"{newest['status']} {newest.get('error', '')} {newest.get('cause', '')}"
            signs.append(Sign(Source.MIGRATION, words))
    return written(found, signs)


def resources(environment: Deployed, kind: str) -> dict[str, dict[str, str]]:
    """The physical ids of all stacks' resources of a type by stack and logical id."""
    found = {}
    for stack in STACKS:
        with contextlib.suppress(CommandError):
            found[stack] = environment.resources(stack, kind)
    return found
