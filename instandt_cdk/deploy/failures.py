"""Why CloudFormation failed."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

CONSEQUENCE = "cancelled"
"""A word in the reason of a resource that failed only because another one had failed."""


def failures(client: "CloudFormationClient", stack: str, *, since: dt.datetime) -> list[str]:
    """Describe a stack's resources that failed, in order, without those that failed in consequence.

    Args:
        client: Of the stack's region.
        stack: Its name or ARN.
        since: When what failed began.
    """
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack)
    events = [event for page in pages for event in page["StackEvents"]]
    return [
        f"{event['StackName']}: {event['LogicalResourceId']} ({event['ResourceType']}) failed:\n"
        f"{event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["Timestamp"] >= since and has_failed(event)
    ]


def has_failed(event: Mapping[str, Any]) -> bool:
    """Whether an event tells that a resource failed, and not in consequence of another one."""
    return (
        event["ResourceStatus"].endswith("_FAILED")
        and not is_about_itself(event)
        and CONSEQUENCE not in event.get("ResourceStatusReason", "")
    )


def is_about_itself(event: Mapping[str, Any]) -> bool:
    """Whether an event is about the stack, not about a resource in it."""
    return bool(event.get("PhysicalResourceId") == event["StackId"])
