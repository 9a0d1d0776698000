"""What becomes of data when its stack is deleted."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from instandt_cdk.compliance import skip
from instandt_cdk.settings import OperationsSettings


def removal_policy(operations: OperationsSettings) -> cdk.RemovalPolicy:
    """Keep or delete, as the settings say, but delete what a failed first deployment has created.

    It is still empty then, and the next try would find names taken ("DeletionPolicy attribute", AWS
    CloudFormation Template Reference: RetainExceptOnCreate).
    """
    if operations.is_protected:
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return cdk.RemovalPolicy.DESTROY


def name_of_its_own(stack: cdk.Stack, name: str) -> str:
    """A name that another stack of the same name does not have: it ends in a part of the stack's id.

    What outlives its stack keeps its name, and the next stack must not find it taken.

    Args:
        stack: Whose id; it is made when the stack is created, and never changes ("Pseudo parameters
            reference", AWS CloudFormation Template Reference: AWS::StackId, ".../NAME/UUID").
        name: The beginning. Eight hexadecimal digits and a hyphen follow.
    """
    identifier = cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))
    return f"{name}-{cdk.Fn.select(0, cdk.Fn.split('-', identifier))}"


def skip_emptying(bucket: s3.Bucket) -> None:
    """Have checkov skip the CDK's function that empties the stack's buckets, if the bucket uses it."""
    provider = bucket.stack.node.try_find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider")
    if provider:
        once = "The CDK's own; it empties the buckets of an environment to throw away, once."
        checks = ("CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117")
        skip(provider.node.find_child("Handler"), dict.fromkeys(checks, once))
