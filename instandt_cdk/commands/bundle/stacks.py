"""What CloudFormation and the migration's state machine say."""

import contextlib
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from botocore.exceptions import ClientError

from instandt_cdk.commands.bundle.evidence import Evidence, Sign, Source, without_metadata, written
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.deploy.failures import has_failed, is_about_itself
from instandt_cdk.names import STACKS

MOST_EVENTS = 200
"""So many of a stack are kept. What failed is kept besides: a rollback has more events than that."""
BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
"""The states of a stack with which an operation begins; a rollback belongs to the operation that failed."""


def stacks(environment: Deployed) -> Evidence:
    """Each stack with what failed in its last operation, which are signs, and its newest events."""
    found: dict[str, Any] = {}
    signs: list[Sign] = []
    missing = []
    settings = environment.settings
    absent = {
        "Replica": not settings.storage.replica_region,
        "Egress": not settings.network.has_egress,
    }
    for stack in STACKS:
        if absent.get(stack):
            continue
        name, region = settings.names.stack(stack), environment.region_of(stack)
        client = environment.client("cloudformation", region=region)
        try:
            described = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"].get("Code") != "ValidationError":
                raise
            missing.append(f"There is no stack {name} in {region}")
            continue
        events = list(_events(client, name))
        failures = [
            event for event in takewhile(_is_after_the_beginning, events) if has_failed(event)
        ]
        failures.reverse()  # What failed first is the most probable cause.
        found[name] = {"stack": described, "failures": failures, "events": events[:MOST_EVENTS]}
        signs += _signs(described, failures)
    found["missing"] = missing
    return written(found, signs or [Sign(Source.STACK, text) for text in missing[:1]])


def _events(client: Any, stack: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - of any region
    """The events of a stack, the newest first: all of its last operation, and of others if these are few."""
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack)
    has_begun = False
    for number, event in enumerate(event for page in pages for event in page["StackEvents"]):
        if has_begun and number >= MOST_EVENTS:
            return
        yield event
        has_begun = has_begun or not _is_after_the_beginning(event)


def _is_after_the_beginning(event: dict[str, Any]) -> bool:
    """Whether an event, read from the newest on, is not the one with which an operation began."""
    return not is_about_itself(event) or event["ResourceStatus"] not in BEGINNINGS


def _signs(stack: dict[str, Any], failures: Iterable[dict[str, Any]]) -> Iterator[Sign]:
    """Why the last operation on the stack failed, if it did."""
    status = stack["StackStatus"]
    if "FAILED" not in status and "ROLLBACK" not in status:
        return
    for event in failures:
        reason = event.get("ResourceStatusReason", "")
        yield Sign(Source.STACK, f"{event['LogicalResourceId']}: {reason}")
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
