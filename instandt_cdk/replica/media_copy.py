"""The receiving end of the replication of media."""

from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.shared.media_bucket import MediaBucket

_Resource = TypeVar("_Resource", bound=cdk.CfnResource)


class MediaCopy(Construct):
    """Where copies of media go: a bucket, its key, and the permission to write them.

    The policy says what writing copies takes ("Setting up permissions for live replication" and "Replicating
    encrypted objects", Amazon S3 User Guide); the library's own would allow every key of the account.
    """

    bucket_arn: str
    bucket_name: str
    key_arn: str
    policy_arn: str

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: MediaBucket, key: kms.Key
    ) -> None:
        super().__init__(scope, construct_id)
        policy = iam.ManagedPolicy(
            self,
            "Write",
            description="Write copies of instaNDT's media",
            statements=[
                iam.PolicyStatement(
                    actions=["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
                    resources=[bucket.arn_for_objects("*")],
                ),
                iam.PolicyStatement(
                    actions=["kms:Encrypt", "kms:GenerateDataKey"],
                    resources=[key.key_arn],
                    conditions=bucket.used_by_s3_only,
                ),
            ],
        )
        bucket.accept_all_media(policy)
        # CloudFormation hands these attributes from region to region. References to the constructs would
        # need names that are known beforehand, which a key cannot have.
        self.bucket_arn = _resource(bucket, s3.CfnBucket).attr_arn
        self.bucket_name = _resource(bucket, s3.CfnBucket).ref
        self.key_arn = _resource(key, kms.CfnKey).attr_arn
        self.policy_arn = _resource(policy, iam.CfnManagedPolicy).ref


def _resource(construct: Construct, kind: type[_Resource]) -> _Resource:
    """The one resource that a construct is made of."""
    resource = construct.node.default_child
    assert isinstance(resource, kind)  # noqa: S101 - narrows the type
    return resource
