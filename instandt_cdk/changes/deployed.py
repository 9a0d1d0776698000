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


def _template(client: "CloudFormationClient", name: str) -> Template | None:
    """The template of a stack; None if there is no such stack, or nothing in it."""
    try:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        if stack["StackStatus"] in EMPTY:
            return None
        template = client.get_template(StackName=name)["TemplateBody"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    # botocore has parsed a template in JSON, which the stubs do not know.
    return json.loads(template) if isinstance(template, str) else template
