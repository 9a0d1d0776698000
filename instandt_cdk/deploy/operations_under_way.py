"""Stacks at which CloudFormation still works, which it would refuse to change."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from instandt_cdk.doctor.stacks import deployed
from instandt_cdk.names import Names

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_IN_PROGRESS = "_IN_PROGRESS"
# The stack is empty then: a change set was made and not executed. Nothing goes on.
_REVIEW = "REVIEW_IN_PROGRESS"


def await_end(
    cloudformation: Mapping[str, "CloudFormationClient"], names: Names, *, poll_seconds: float = 5
) -> Iterator[str]:
    """Wait until CloudFormation is done with the environment's stacks; say so, a line for each state.

    The CDK CLI ends at the first stack that fails, while others, which it deploys at the same time, are still
    being created or rolled back. An interrupted command and a colleague's deployment leave the same.

    Args:
        cloudformation: A client for each region with stacks.
        names: The environment's.
        poll_seconds: How long to wait between two looks.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
    """
    told = set[tuple[str, str]]()
    for region, client in cloudformation.items():
        while busy := [
            (stack["StackName"], stack["StackStatus"])
            for stack in deployed(client, names)
            if stack["StackStatus"].endswith(_IN_PROGRESS) and stack["StackStatus"] != _REVIEW
        ]:
            for name, status in sorted({*busy} - told):
                yield f"{name} in {region} is {status}; waiting until CloudFormation has ended that."
            told |= {*busy}
            time.sleep(poll_seconds)
