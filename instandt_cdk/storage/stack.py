"""Storage: everything that must never be lost."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.operations import Operations, name_of_its_own, removal_policy, save_query
from instandt_cdk.replica.stack import ReplicaStack
from instandt_cdk.settings import Settings
from instandt_cdk.shared.log_bucket import LogBucket
from instandt_cdk.shared.media_bucket import MediaBucket
from instandt_cdk.shared.snapshot_vault import SnapshotVault
from instandt_cdk.storage.backup_alarm import watch_backups
from instandt_cdk.storage.database import Database
from instandt_cdk.storage.database_alarms import watch_events, watch_figures
from instandt_cdk.storage.media_files import MediaFiles
from instandt_cdk.storage.media_replication import MediaReplication
from instandt_cdk.storage.snapshots import SnapshotPlan


class StorageStack(cdk.Stack):
    """Storage: DICOM media, PostgreSQL database."""

    key: kms.Key
    """Encrypts media, database and the secrets of its logins. Whoever reads one needs this key, too."""
    media: MediaBucket | MediaFiles
    media_bucket_name: str | None
    """None where media are kept in a file system."""
    database: Database

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        settings: Settings,
        network: NetworkStack,
        replica: ReplicaStack | None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
            termination_protection=settings.operations.is_protected,
        )
        self.key = kms.Key(
            self,
            "DataKey",
            description="Encrypts instaNDT's media and database",
            enable_key_rotation=True,
            removal_policy=removal_policy(settings.operations),
        )
        if settings.storage.mode == "s3":
            self.media = self._media_bucket(settings, network.operations, replica)
            self.media_bucket_name = self.media.bucket_name
        else:
            self.media = self._media_files(settings, network)
            self.media_bucket_name = None
        vault = SnapshotVault(
            self,
            "Snapshots",
            names=settings.names,
            key=self.key,
            operations=settings.operations,
        )
        database_name = name_of_its_own(self, settings.names.prefix)
        if settings.operations.is_protected:
            # A vault with snapshots could not be deleted. So there are none in an environment to throw away.
            SnapshotPlan(
                self,
                "SnapshotPlan",
                name=settings.names.prefix,
                database=database_name,
                vault=vault,
                copies_arn=replica.vault_arn if replica else None,
                kept_days=settings.database.snapshot_days,
            )
        others = self.node.children
        self.database = Database(
            self,
            "Database",
            name=database_name,
            vpc=network.vpc,
            key=self.key,
            settings=settings.database,
            operations=network.operations,
        )
        self.database.come_after(*others)
        cdk.CfnOutput(
            self, "DatabaseEndpoint", value=self.database.instance.db_instance_endpoint_address
        )

    def watch(self, scope: Construct, settings: Settings, operations: Operations) -> None:
        """Tell the operator when the database runs short of something or fails, and of backups that fail.

        Args:
            scope: A later stack. Here, all of this would come after the protected database, and if any of it
                failed in a first deployment, the rollback could not delete the database.
            settings: The environment's.
            operations: Those of the region.
        """
        instance = self.database.instance
        save_query(
            scope,
            "DatabaseComplaints",
            names=settings.names,
            question="What does the database complain about?",
            groups=[f"/aws/rds/instance/{instance.instance_identifier}/postgresql"],
            commands=[
                "fields @timestamp, @message",
                "filter @message like /(ERROR|FATAL|PANIC):/",
                "sort @timestamp desc",
                "limit 200",
            ],
        )
        watch_figures(scope, instance=instance, settings=settings.database, operations=operations)
        watch_events(scope, instance=instance, operations=operations)
        media_arn = (
            self.media.bucket_arn
            if isinstance(self.media, MediaBucket)
            else self.media.file_system.file_system_arn
        )
        watch_backups(scope, backed_up=[instance.instance_arn, media_arn], operations=operations)

    def _media_bucket(
        self, settings: Settings, operations: Operations, replica: ReplicaStack | None
    ) -> MediaBucket:
        """Media in a bucket, with a copy elsewhere if there is a place for it."""
        access_logs = LogBucket(self, "AccessLogs", operations=settings.operations)
        replication = MediaReplication(self, "Replication", copy=replica.copy) if replica else None
        media = MediaBucket(
            self,
            "Media",
            key=self.key,
            access_logs=access_logs,
            settings=settings.storage,
            operations=settings.operations,
            replication_role=replication.role if replication else None,
            replication_rules=replication.rules if replication else None,
        )
        if replication:
            replication.allow_from(media, self.key)
            replication.watch(media, operations)
        else:
            days = settings.storage.old_versions_days
            accept(
                media,
                {
                    "S3BucketReplicationEnabled": "S3 keeps each medium in three zones, and old versions for "
                    f"{days} days; a copy in another region is the operator's choice."
                },
            )
        cdk.CfnOutput(self, "MediaBucketName", value=media.bucket_name)
        return media

    def _media_files(self, settings: Settings, network: NetworkStack) -> MediaFiles:
        """Media in a file system."""
        media = MediaFiles(
            self, "MediaFiles", vpc=network.vpc, key=self.key, operations=settings.operations
        )
        cdk.CfnOutput(self, "MediaFileSystemId", value=media.file_system.file_system_id)
        return media
