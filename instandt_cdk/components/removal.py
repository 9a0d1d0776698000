"""What becomes of data when its stack is deleted."""

import aws_cdk as cdk

from instandt_cdk.settings import OperationsSettings


def is_protected(operations: OperationsSettings) -> bool:
    """Whether data, and the stacks that hold it, resist deletion."""
    return operations.removal_policy == "retain"


def removal_policy(operations: OperationsSettings) -> cdk.RemovalPolicy:
    """Keep or delete, as the settings say."""
    return cdk.RemovalPolicy.RETAIN if is_protected(operations) else cdk.RemovalPolicy.DESTROY
