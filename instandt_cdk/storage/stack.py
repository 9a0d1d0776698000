"""Storage: everything that must never be lost."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations.logs import Logs
from instandt_cdk.operations.removal import is_protected, removal_policy
from instandt_cdk.settings import DatabaseSettings, OperationsSettings, StorageSettings
from instandt_cdk.shared.log_bucket import LogBucket
from instandt_cdk.shared.media_bucket import ImageBucket
from instandt_cdk.shared.media_replication import ImageCopy, ImageReplication
from instandt_cdk.storage.database import Database
from instandt_cdk.storage.media_files import ImageFiles


class StorageStack(cdk.Stack):
    """Storage: DICOM images, PostgreSQL database, its credentials."""

    key: kms.Key
    """Encrypts images, database and the database's secrets; who reads one needs both."""
    images: ImageBucket | ImageFiles
    database: Database

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        environment: str,
        vpc: ec2.IVpc,
        logs: Logs,
        settings: StorageSettings,
        copy: ImageCopy | None,
        database: DatabaseSettings,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=stack_name,
            description=type(self).__doc__,
            termination_protection=is_protected(operations),
        )
        self.key = kms.Key(
            self,
            "DataKey",
            description="Encrypts instaNDT's images and database",
            enable_key_rotation=True,
            removal_policy=removal_policy(operations),
        )
        self.images = (
            _bucket(self, settings=settings, operations=operations, copy=copy)
            if settings.mode == "s3"
            else _files(self, vpc=vpc, settings=settings, operations=operations)
        )
        self.database = Database(
            self,
            "Database",
            identifier=f"instandt-{environment}",
            vpc=vpc,
            key=self.key,
            settings=database,
            logs=logs,
        )

        cdk.CfnOutput(
            self, "DatabaseEndpoint", value=self.database.instance.db_instance_endpoint_address
        )


def _bucket(
    stack: StorageStack,
    *,
    settings: StorageSettings,
    operations: OperationsSettings,
    copy: ImageCopy | None,
) -> ImageBucket:
    """Images in a bucket, with a copy elsewhere if there is a place for it."""
    images = ImageBucket(
        stack,
        "Images",
        key=stack.key,
        access_logs=LogBucket(stack, "AccessLogs", operations=operations),
        settings=settings,
        operations=operations,
        replication=ImageReplication(stack, "Replication", copy=copy) if copy else None,
    )
    if not copy:
        accept(
            images,
            {
                "S3BucketReplicationEnabled": "S3 keeps each image in three zones, and old versions for "
                f"{settings.old_versions_days} days; a copy in another region is the operator's choice."
            },
        )
    cdk.CfnOutput(stack, "ImageBucketName", value=images.bucket_name)
    return images


def _files(
    stack: StorageStack, *, vpc: ec2.IVpc, settings: StorageSettings, operations: OperationsSettings
) -> ImageFiles:
    """Images in a file system."""
    images = ImageFiles(
        stack,
        "ImageFiles",
        vpc=vpc,
        key=stack.key,
        mount_path=settings.mount_path,
        operations=operations,
    )
    cdk.CfnOutput(stack, "ImageFileSystemId", value=images.file_system.file_system_id)
    return images
