"""Why CloudFormation failed."""

import datetime as dt
from typing import TYPE_CHECKING

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
        f"{event['StackName']}: {event['LogicalResourceId']} ({event['ResourceType']}) failed:\n{reason}"
        for event in reversed(events)
        if event["Timestamp"] >= since
        and event["ResourceStatus"].endswith("_FAILED")
        and event.get("PhysicalResourceId") != event["StackId"]
        and CONSEQUENCE not in (reason := event.get("ResourceStatusReason", ""))
    ]
