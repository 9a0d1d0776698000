"""A bucket of media: what users upload."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.compliance import accept, logical_id
from instandt_cdk.operations import removal_policy, skip_emptying
from instandt_cdk.settings import OperationsSettings, StorageSettings
from instandt_cdk.shared.log_bucket import LogBucket


class MediaBucket(s3.Bucket):
    """A bucket that keeps old versions, and moves media to cheaper classes that can be read at once."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.Key,
        access_logs: LogBucket,
        settings: StorageSettings,
        operations: OperationsSettings,
        replication_role: iam.IRole | None = None,
        replication_rules: list[s3.ReplicationRule] | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="media/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    transitions=_transitions(settings),
                    noncurrent_version_expiration=cdk.Duration.days(settings.old_versions_days),
                )
            ],
            replication_role=replication_role,
            replication_rules=replication_rules,
            removal_policy=removal_policy(operations),
            auto_delete_objects=not operations.is_protected,
        )
        skip_emptying(self)
        self._key = key

    def let_read_and_write(self, role: iam.IRole) -> None:
        """Let a role read and write media.

        The actions are written out, because the bucket's own grant would allow whole families of them.
        """
        policy = iam.ManagedPolicy(
            self,
            "Access",
            description="Read and write instaNDT's media",
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "s3:ListBucket",
                        "s3:GetBucketLocation",
                        "s3:ListBucketMultipartUploads",
                    ],
                    resources=[self.bucket_arn],
                ),
                iam.PolicyStatement(
                    actions=[
                        "s3:GetObject",
                        "s3:PutObject",
                        "s3:DeleteObject",
                        "s3:AbortMultipartUpload",
                        "s3:ListMultipartUploadParts",
                    ],
                    resources=[self.arn_for_objects("*")],
                ),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=[self._key.key_arn],
                    conditions=self.used_by_s3_only,
                ),
            ],
        )
        self.accept_all_media(policy)
        role.add_managed_policy(policy)

    @property
    def used_by_s3_only(self) -> dict[str, dict[str, str | list[str]]]:
        """The condition that S3 alone uses a key, and for this bucket only.

        S3 tells the key the bucket's ARN, or the object's if its writer has asked for no bucket key
        ("Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys", Amazon S3 User Guide).
        """
        return {
            "StringEquals": {"kms:ViaService": f"s3.{self.stack.region}.amazonaws.com"},
            "StringLike": {
                "kms:EncryptionContext:aws:s3:arn": [self.bucket_arn, self.arn_for_objects("*")]
            },
        }

    def accept_all_media(self, policy: iam.ManagedPolicy) -> None:
        """Accept that a policy is about all objects of the bucket."""
        accept(
            policy,
            {f"IAM5[Resource::<{logical_id(self)}.Arn>/*]": "All media of this one bucket."},
        )


def _transitions(settings: StorageSettings) -> list[s3.Transition]:
    """Media are read often when new and seldom afterwards."""
    ages = {
        s3.StorageClass.INTELLIGENT_TIERING: settings.intelligent_tiering_after_days,
        s3.StorageClass.GLACIER_INSTANT_RETRIEVAL: settings.archive_after_days,
    }
    return [
        s3.Transition(storage_class=storage_class, transition_after=cdk.Duration.days(days))
        for storage_class, days in ages.items()
        if days is not None
    ]
