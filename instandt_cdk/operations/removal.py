"""What becomes of data when its stack is deleted."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from instandt_cdk.compliance import skip
from instandt_cdk.settings import OperationsSettings


def removal_policy(operations: OperationsSettings) -> cdk.RemovalPolicy:
    """Keep or delete, as the settings say."""
    return cdk.RemovalPolicy.RETAIN if operations.is_protected else cdk.RemovalPolicy.DESTROY


def skip_emptying(bucket: s3.Bucket) -> None:
    """Have checkov skip the CDK's function that empties the stack's buckets, if the bucket uses it."""
    provider = bucket.stack.node.try_find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider")
    if provider:
        once = "The CDK's own; it empties the buckets of an environment to throw away, once."
        checks = ("CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117")
        skip(provider.node.find_child("Handler"), dict.fromkeys(checks, once))


def removal_policy_of_named(operations: OperationsSettings) -> cdk.RemovalPolicy:
    """Keep or delete, as the settings say, but delete what a failed first deployment has created.

    It is still empty then, and the next try needs its name ("DeletionPolicy attribute", AWS CloudFormation
    User Guide: RetainExceptOnCreate).
    """
    if operations.is_protected:
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return cdk.RemovalPolicy.DESTROY
