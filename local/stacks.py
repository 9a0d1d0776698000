"""The environment's stacks, as CloudFormation describes them."""

import datetime as dt
from typing import TYPE_CHECKING

import boto3

from instandt_cdk.deploy.failures import failures as reasons
from local.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.service_resource import Stack

BOOTSTRAP_STACK = "CDKToolkit"


def unbootstrapped_regions(env: Environment) -> list[str]:
    """Return the regions that the CDK has not prepared yet."""
    return [
        region
        for region in env.settings.regions
        if BOOTSTRAP_STACK not in {stack.name for stack in _stacks(region)}
    ]


def deployed(env: Environment) -> "list[Stack]":
    """Return the environment's stacks of all regions."""
    return [
        stack
        for region in env.settings.regions
        for stack in _stacks(region)
        if stack.name.startswith(env.settings.names.prefix)
    ]


def outputs(env: Environment) -> dict[str, str]:
    """Return the outputs of all stacks by key."""
    return {
        output["OutputKey"]: output["OutputValue"]
        for stack in deployed(env)
        for output in stack.outputs or []
    }


def migration_state_machine(outputs: dict[str, str]) -> str:
    """Return the state machine's ARN, which is the last word of the command that starts it."""
    return outputs["RunMigration"].rpartition(" ")[2]


def last_migration(outputs: dict[str, str]) -> str:
    """Return how the last run of the migration ended, in a few words."""
    runs = boto3.client("stepfunctions").list_executions(
        stateMachineArn=migration_state_machine(outputs), maxResults=1
    )["executions"]
    return runs[0]["status"].lower() if runs else "has not run"


def failures(env: Environment, *, since: dt.datetime) -> list[str]:
    """Describe the resources that failed since a time, of all stacks."""
    return [
        failure
        for stack in deployed(env)
        for failure in reasons(stack.meta.client, stack.name, since=since)
    ]


def _stacks(region: str) -> "list[Stack]":
    return list(boto3.resource("cloudformation", region_name=region).stacks.all())
