"""The environment's stacks, as CloudFormation describes them."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from local.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

BOOTSTRAP_STACK = "CDKToolkit"
CONSEQUENCE = "cancelled"
"""A word in the reason of a resource that failed only because another one had failed."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack."""

    name: str
    region: str
    status: str
    outputs: dict[str, str]


def unbootstrapped_regions(env: Environment) -> list[str]:
    """Return the regions that the CDK has not prepared yet."""
    return [
        region
        for region in env.settings.regions
        if not any(
            stack["StackName"] == BOOTSTRAP_STACK for stack in _describe(_cloudformation(region))
        )
    ]


def deployed(env: Environment) -> list[Stack]:
    """Return the environment's stacks of all regions."""
    return [
        Stack(
            name=stack["StackName"],
            region=region,
            status=stack["StackStatus"],
            outputs={
                output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])
            },
        )
        for region in env.settings.regions
        for stack in _describe(_cloudformation(region))
        if stack["StackName"].startswith(env.stack_prefix)
    ]


def outputs(env: Environment) -> dict[str, str]:
    """Return the outputs of all stacks by key."""
    return {key: value for stack in deployed(env) for key, value in stack.outputs.items()}


def migration_state_machine(outputs: dict[str, str]) -> str:
    """Return the state machine's ARN, which is the last word of the command that starts it."""
    return outputs["RunMigration"].rpartition(" ")[2]


def failures(env: Environment, *, since: dt.datetime) -> list[str]:
    """Describe the resources that failed since a time, without those that failed in consequence."""
    return [
        f"{event['StackName']}: {event['LogicalResourceId']} ({event['ResourceType']}) failed:\n{reason}"
        for region in env.settings.regions
        for event in _events(_cloudformation(region), env.stack_prefix)
        if event["Timestamp"] >= since
        and event["ResourceStatus"].endswith("_FAILED")
        and event.get("PhysicalResourceId") != event["StackId"]
        and CONSEQUENCE not in (reason := event.get("ResourceStatusReason", ""))
    ]


def _events(cloudformation: "CloudFormationClient", prefix: str) -> "Iterator[StackEventTypeDef]":
    """The events of the stacks whose names have a prefix, the oldest of each stack first."""
    for stack in _describe(cloudformation):
        if stack["StackName"].startswith(prefix):
            pages = cloudformation.get_paginator("describe_stack_events").paginate(
                StackName=stack["StackId"]
            )
            yield from reversed([event for page in pages for event in page["StackEvents"]])


def _describe(cloudformation: "CloudFormationClient") -> "list[StackTypeDef]":
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    return [stack for page in pages for stack in page["Stacks"]]


def _cloudformation(region: str) -> "CloudFormationClient":
    return boto3.client("cloudformation", region_name=region)
