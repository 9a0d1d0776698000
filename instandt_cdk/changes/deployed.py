"""The stacks as AWS has them. They are only read."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from instandt_cdk.changes.stacks import Place, Stacks, Template, producers

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Clients = Callable[[str], "CloudFormationClient"]
"""Returns a client for a region. Some stacks may be in a region that the settings no longer name."""

EMPTY = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_COMPLETE"}
"""The states of a stack that was never created, or is no more."""

GONE = {"DELETE_COMPLETE", "DELETE_SKIPPED"}
"""The states of a resource that its stack no longer holds. One that was skipped is still in the account."""


def stacks(clients: Clients, places: Iterable[Place]) -> Stacks:
    """Read the stacks that are deployed at the places, and those that they read outputs of.

    Args:
        clients: Returns a client for a region.
        places: Where the environment's stacks would be.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
    """
    found: dict[Place, Template] = {}
    wanted, asked = set(places), set[Place]()
    while ahead := wanted - asked:
        for place in sorted(ahead):
            if template := _template(clients(place.region), place.name):
                found[place] = template
                wanted |= producers(template, region=place.region)
        asked |= ahead
    return Stacks(found)


def is_deployed(client: "CloudFormationClient", name: str) -> bool:
    """Whether the stack was created, and its resources are there.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused the request.
    """
    try:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # The error for a stack that does not exist ("DescribeStacks", AWS CloudFormation API Reference).
        if error.response["Error"].get("Code") == "ValidationError":
            return False
        raise
    return stack["StackStatus"] not in EMPTY


def resources(client: "CloudFormationClient", name: str, kind: str) -> dict[str, str]:
    """Return the physical ids of the resources of a type that a stack holds, by logical id.

    Args:
        client: A client for the stack's region.
        name: The stack's name.
        kind: The type, such as "AWS::SNS::Topic".

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused the request, or there is no such stack.
    """
    # DescribeStackResources would keep silent about all but a hundred (CloudFormation API Reference).
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in client.get_paginator("list_stack_resources").paginate(StackName=name)
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == kind
        and one["ResourceStatus"] not in GONE
        and "PhysicalResourceId" in one
    }


def _template(client: "CloudFormationClient", name: str) -> Template | None:
    """The template of a stack; None if it is not deployed."""
    if not is_deployed(client, name):
        return None
    template = client.get_template(StackName=name)["TemplateBody"]
    # botocore has parsed a template in JSON, which the stubs do not know.
    return json.loads(template) if isinstance(template, str) else template
