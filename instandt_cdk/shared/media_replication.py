"""The copying of images to a bucket in another region.

Each policy stands beside the bucket it is about. They say what copying takes ("Setting up permissions for
live replication" and "Replicating encrypted objects", Amazon S3 User Guide); the library's own would allow
every key of the account.
"""

from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.compliance import accept, logical_id

_Resource = TypeVar("_Resource", bound=cdk.CfnResource)


class ImageCopy(Construct):
    """Where copies of images go: a bucket, its key, and the permission to write them."""

    bucket_arn: str
    key_arn: str
    policy_arn: str

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: s3.Bucket, key: kms.Key
    ) -> None:
        super().__init__(scope, construct_id)
        policy = iam.ManagedPolicy(
            self,
            "Write",
            description="Write copies of instaNDT's images",
            statements=[
                iam.PolicyStatement(
                    actions=["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
                    resources=[bucket.arn_for_objects("*")],
                ),
                iam.PolicyStatement(
                    actions=["kms:Encrypt", "kms:GenerateDataKey"],
                    resources=[key.key_arn],
                    conditions=_by_s3_for(bucket),
                ),
            ],
        )
        _accept_all_images(policy, bucket)
        # CloudFormation's own attributes, which it hands from region to region: references to the constructs
        # would ask for names that are known beforehand, which a key cannot have.
        self.bucket_arn = _resource(bucket, s3.CfnBucket).attr_arn
        self.key_arn = _resource(key, kms.CfnKey).attr_arn
        self.policy_arn = _resource(policy, iam.CfnManagedPolicy).ref


class ImageReplication(Construct):
    """Lets S3 copy each new image to another region, and deletions with them.

    So who deletes an image has deleted it; the old versions in both buckets guard against mistakes, and S3
    never copies the deletion of a version ("What does Amazon S3 replicate?", Amazon S3 User Guide). S3 counts
    what it could not copy; the promise to copy within 15 minutes costs by the byte and is not bought.
    """

    role: iam.Role
    rules: list[s3.ReplicationRule]

    def __init__(self, scope: Construct, construct_id: str, *, copy: ImageCopy) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
            description="S3, copying instaNDT's images to another region",
            managed_policies=[
                iam.ManagedPolicy.from_managed_policy_arn(self, "Write", copy.policy_arn)
            ],
        )
        self.rules = [
            s3.ReplicationRule(
                destination=s3.Bucket.from_bucket_arn(self, "Copy", copy.bucket_arn),
                kms_key=kms.Key.from_key_arn(self, "CopyKey", copy.key_arn),
                sse_kms_encrypted_objects=True,
                delete_marker_replication=True,
                metrics=s3.ReplicationTimeValue.FIFTEEN_MINUTES,
                priority=1,
            )
        ]

    def allow_from(self, bucket: s3.Bucket, key: kms.Key) -> None:
        """Allow to read the images that are to be copied."""
        policy = iam.ManagedPolicy(
            self,
            "Read",
            description="Read instaNDT's images to copy them",
            roles=[self.role],
            statements=[
                iam.PolicyStatement(
                    actions=["s3:GetReplicationConfiguration", "s3:ListBucket"],
                    resources=[bucket.bucket_arn],
                ),
                iam.PolicyStatement(
                    actions=[
                        "s3:GetObjectVersionAcl",
                        "s3:GetObjectVersionForReplication",
                        "s3:GetObjectVersionTagging",
                    ],
                    resources=[bucket.arn_for_objects("*")],
                ),
                iam.PolicyStatement(
                    actions=["kms:Decrypt"],
                    resources=[key.key_arn],
                    conditions=_by_s3_for(bucket),
                ),
            ],
        )
        _accept_all_images(policy, bucket)


def _by_s3_for(bucket: s3.Bucket) -> dict[str, dict[str, str]]:
    """Only S3 may use the key, and only for this bucket, which is what keys are told with bucket keys."""
    return {
        "StringEquals": {
            "kms:ViaService": f"s3.{cdk.Stack.of(bucket).region}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": bucket.bucket_arn,
        }
    }


def _accept_all_images(policy: iam.ManagedPolicy, bucket: s3.Bucket) -> None:
    accept(
        policy, {f"IAM5[Resource::<{logical_id(bucket)}.Arn>/*]": "All images of this one bucket."}
    )


def _resource(construct: Construct, kind: type[_Resource]) -> _Resource:
    """The one resource that a construct is made of."""
    resource = construct.node.default_child
    assert isinstance(resource, kind)  # noqa: S101 - narrows the type
    return resource
