"""Replica: what outlives the loss of the region."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations import removal_policy
from instandt_cdk.replica.media_copy import MediaCopy
from instandt_cdk.settings import Settings
from instandt_cdk.shared.log_bucket import LogBucket
from instandt_cdk.shared.media_bucket import MediaBucket
from instandt_cdk.shared.snapshot_vault import SnapshotVault


class ReplicaStack(cdk.Stack):
    """Replica: copy of the DICOM media, and of the database's snapshots, in another region."""

    copy: MediaCopy
    vault_arn: str
    """Of the copies of the database's snapshots."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment, settings: Settings
    ) -> None:
        operations = settings.operations
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
            termination_protection=operations.is_protected,
        )
        key = kms.Key(
            self,
            "DataKey",
            description="Encrypts the copy of instaNDT's media",
            enable_key_rotation=True,
            removal_policy=removal_policy(operations),
        )
        media = MediaBucket(
            self,
            "Media",
            key=key,
            access_logs=LogBucket(self, "AccessLogs", operations=operations),
            settings=settings.storage,
            operations=operations,
        )
        accept(media, {"S3BucketReplicationEnabled": "It is the copy itself."})
        self.copy = MediaCopy(self, "Copy", bucket=media, key=key)

        vault = SnapshotVault(
            self, "Snapshots", names=settings.names, key=key, operations=operations
        )
        self.vault_arn = vault.backup_vault_arn

        cdk.CfnOutput(self, "ReplicaBucketName", value=media.bucket_name)
