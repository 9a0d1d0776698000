"""The environment's stacks, as CloudFormation describes them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from local.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

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


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A resource that made a deployment fail."""

    stack: str
    resource: str
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.stack}: {self.resource} ({self.kind}) failed:\n{self.reason}"


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


def failures(env: Environment, *, since: dt.datetime) -> list[Failure]:
    """Return the resources that failed since a time, without those that failed in consequence."""
    return [
        failure
        for region in env.settings.regions
        for failure in _failures(_cloudformation(region), env.stack_prefix, since)
    ]


def _failures(
    cloudformation: "CloudFormationClient", prefix: str, since: dt.datetime
) -> Iterator[Failure]:
    for stack in _describe(cloudformation):
        if not stack["StackName"].startswith(prefix):
            continue
        pages = cloudformation.get_paginator("describe_stack_events").paginate(
            StackName=stack["StackId"]
        )
        for event in reversed([event for page in pages for event in page["StackEvents"]]):
            reason = event.get("ResourceStatusReason", "")
            if (
                event["Timestamp"] >= since
                and event["ResourceStatus"].endswith("_FAILED")
                and event.get("PhysicalResourceId") != event["StackId"]
                and CONSEQUENCE not in reason
            ):
                yield Failure(
                    stack=stack["StackName"],
                    resource=event["LogicalResourceId"],
                    kind=event["ResourceType"],
                    reason=reason,
                )


def _describe(cloudformation: "CloudFormationClient") -> "list[StackTypeDef]":
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    return [stack for page in pages for stack in page["Stacks"]]


def _cloudformation(region: str) -> "CloudFormationClient":
    return boto3.client("cloudformation", region_name=region)
