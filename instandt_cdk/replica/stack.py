"""Replica: what outlives the loss of the region."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations.removal import is_protected, removal_policy
from instandt_cdk.settings import OperationsSettings, StorageSettings
from instandt_cdk.shared.log_bucket import LogBucket
from instandt_cdk.shared.media_bucket import ImageBucket
from instandt_cdk.shared.media_replication import ImageCopy


class ReplicaStack(cdk.Stack):
    """Replica: copy of the bucket of DICOM images in another region."""

    copy: ImageCopy

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        settings: StorageSettings,
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
        key = kms.Key(
            self,
            "DataKey",
            description="Encrypts the copy of instaNDT's images",
            enable_key_rotation=True,
            removal_policy=removal_policy(operations),
        )
        images = ImageBucket(
            self,
            "Images",
            key=key,
            access_logs=LogBucket(self, "AccessLogs", operations=operations),
            settings=settings,
            operations=operations,
        )
        accept(images, {"S3BucketReplicationEnabled": "It is the copy itself."})
        self.copy = ImageCopy(self, "Copy", bucket=images, key=key)

        cdk.CfnOutput(self, "ReplicaBucketName", value=images.bucket_name)
