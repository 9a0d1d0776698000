"""Stacks in a state from which no deployment can go on."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.names import STACKS, Names

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

# "Understand CloudFormation stack creation events", AWS CloudFormation User Guide.
ROLLED_BACK = "ROLLBACK_COMPLETE"
"""The state of a stack whose first creation failed. Nothing is left in it, and it can only be deleted."""
NOT_ROLLED_BACK = "ROLLBACK_FAILED"
"""The state of a stack whose first creation failed, and some of whose resources could not be deleted."""


def deployed(client: "CloudFormationClient", names: Names) -> Iterator["StackTypeDef"]:
    """The environment's stacks of the client's region."""
    wanted = {names.stack(construct_id) for construct_id in STACKS}
    for page in client.get_paginator("describe_stacks").paginate():
        yield from (stack for stack in page["Stacks"] if stack["StackName"] in wanted)


def can_go_on(
    cloudformation: Mapping[str, "CloudFormationClient"], names: Names
) -> Iterator[Finding]:
    """No stack is left from a first deployment that failed, unless the next one can delete it."""
    left = False
    for region, client in cloudformation.items():
        for stack in deployed(client, names):
            name, status = stack["StackName"], stack["StackStatus"]
            where = f"--region {region} --stack-name {name}"
            lift = (
                "`aws cloudformation update-termination-protection --no-enable-termination-protection "
                f"{where}`"
            )
            protected = stack.get("EnableTerminationProtection")
            if status == ROLLED_BACK and protected:
                left = True
                yield warning(
                    f"{name} is left from a first deployment that failed; it is empty, but protected",
                    "`make deploy` lifts the protection; before `npx cdk deploy` lift it yourself: "
                    f"{lift}",
                )
            elif status == NOT_ROLLED_BACK:
                left = True
                yield failed(
                    f"{name} is left from a first deployment that failed, and could not be emptied",
                    f"`aws cloudformation describe-stack-events {where}` says what is in the way; delete "
                    f"that, {f'lift the protection with {lift}, ' if protected else ''}then deploy",
                )
    if not left:
        yield good("none is left from a first deployment that failed")
