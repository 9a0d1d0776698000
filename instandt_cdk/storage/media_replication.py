"""The sending end of the replication of media."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.operations import Advice, Operations
from instandt_cdk.replica.media_copy import MediaCopy
from instandt_cdk.shared.media_bucket import MediaBucket

RULE = "media"
"""The rule's name, which its metrics bear."""


class MediaReplication(Construct):
    """Lets S3 copy each new medium to another region, and deletions with them.

    So who deletes a medium has deleted it; the old versions in both buckets guard against mistakes, and S3
    never copies the deletion of a version ("What does Amazon S3 replicate?", Amazon S3 User Guide). S3 counts
    what it could not copy; the promise to copy within 15 minutes costs by the byte and is not bought.
    """

    role: iam.Role
    rules: list[s3.ReplicationRule]

    def __init__(self, scope: Construct, construct_id: str, *, copy: MediaCopy) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
            description="S3, copying instaNDT's media to another region",
            managed_policies=[
                iam.ManagedPolicy.from_managed_policy_arn(self, "Write", copy.policy_arn)
            ],
        )
        self._copy = copy
        self.rules = [
            s3.ReplicationRule(
                id=RULE,
                destination=s3.Bucket.from_bucket_arn(self, "Copy", copy.bucket_arn),
                kms_key=kms.Key.from_key_arn(self, "CopyKey", copy.key_arn),
                sse_kms_encrypted_objects=True,
                delete_marker_replication=True,
                metrics=s3.ReplicationTimeValue.FIFTEEN_MINUTES,
                priority=1,
            )
        ]

    def allow_from(self, bucket: MediaBucket, key: kms.Key) -> None:
        """Allow to read the media that are to be copied."""
        policy = iam.ManagedPolicy(
            self,
            "Read",
            description="Read instaNDT's media to copy them",
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
                    conditions=bucket.used_by_s3_only,
                ),
            ],
        )
        bucket.accept_all_media(policy)

    def watch(self, bucket: MediaBucket, operations: Operations) -> None:
        """Tell the operator when S3 could not copy media.

        Of the metrics of a replication this one is published in the region of the original, when there are
        failures ("Using S3 Replication metrics", Amazon S3 User Guide).
        """
        operations.watch(
            self,
            "Failing",
            Advice(
                alarm="replication-failing",
                section="replication-failing",
                meaning="S3 could not copy media to the other region, so the copy is incomplete.",
                remedy="Look whether the copy's bucket and key are still there and usable, then copy what is "
                "missing as the guide shows.",
            ),
            metric=cloudwatch.Metric(
                namespace="AWS/S3",
                metric_name="OperationsFailedReplication",
                dimensions_map={
                    "SourceBucket": bucket.bucket_name,
                    "DestinationBucket": self._copy.bucket_name,
                    "RuleId": RULE,
                },
                statistic="Sum",
                period=cdk.Duration.minutes(15),
            ),
            threshold=1,
        )
