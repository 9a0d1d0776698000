"""Stacks whose first creation failed, which the CDK CLI deletes before it creates them anew."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from instandt_cdk.doctor.stacks import ROLLED_BACK, deployed
from instandt_cdk.names import Names

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


def lift_protection(
    cloudformation: Mapping[str, "CloudFormationClient"], names: Names
) -> Iterator[str]:
    """Let stacks be deleted whose first creation was rolled back; say so, a line for each.

    The CLI protects a stack before it creates the resources, so it could not delete it after a failure. There
    is nothing to protect: a rolled-back creation deletes everything, also what a deletion would retain
    ("DeletionPolicy attribute", AWS CloudFormation User Guide: RetainExceptOnCreate).

    Args:
        cloudformation: A client for each region with stacks.
        names: The environment's.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
    """
    for region, client in cloudformation.items():
        for stack in deployed(client, names):
            if stack["StackStatus"] == ROLLED_BACK and stack.get("EnableTerminationProtection"):
                client.update_termination_protection(
                    StackName=stack["StackName"], EnableTerminationProtection=False
                )
                yield (
                    f"{stack['StackName']} in {region}: its first creation failed and left it empty; "
                    "lifted its protection, so that it can be created anew."
                )
