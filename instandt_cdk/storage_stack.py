"""Storage: everything that must never be lost."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.compliance import accept, logical_id
from instandt_cdk.components.database import Database
from instandt_cdk.components.log_bucket import LogBucket
from instandt_cdk.components.logs import Logs
from instandt_cdk.components.removal import is_protected, removal_policy
from instandt_cdk.settings import DatabaseSettings, OperationsSettings


class StorageStack(cdk.Stack):
    """Storage: bucket of DICOM images, PostgreSQL database, its credentials."""

    key: kms.Key
    """Encrypts images, database and the database's secrets; who reads one needs both."""
    images: s3.Bucket
    images_access: iam.ManagedPolicy
    """Reading and writing images, for the role of the task that does."""
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
        self.images = s3.Bucket(
            self,
            "Images",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=LogBucket(self, "AccessLogs", operations=operations),
            server_access_logs_prefix="images/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    # Images are read often when new and seldom afterwards.
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.INTELLIGENT_TIERING,
                            transition_after=cdk.Duration.days(30),
                        )
                    ],
                    noncurrent_version_expiration=cdk.Duration.days(90),
                )
            ],
            removal_policy=removal_policy(operations),
            auto_delete_objects=not is_protected(operations),
        )
        accept(
            self.images,
            {
                "S3BucketReplicationEnabled": "S3 keeps each image in three zones, and old versions for 90 "
                "days; a copy in another region is the operator's choice."
            },
        )
        self.images_access = _read_and_write(self, self.images, self.key)
        self.database = Database(
            self,
            "Database",
            identifier=f"instandt-{environment}",
            vpc=vpc,
            key=self.key,
            settings=database,
            logs=logs,
        )

        cdk.CfnOutput(self, "ImageBucketName", value=self.images.bucket_name)
        cdk.CfnOutput(
            self, "DatabaseEndpoint", value=self.database.instance.db_instance_endpoint_address
        )


def _read_and_write(scope: Construct, bucket: s3.Bucket, key: kms.Key) -> iam.ManagedPolicy:
    """What the backend does with images; the bucket's own grant would allow whole families of actions."""
    policy = iam.ManagedPolicy(
        scope,
        "ImagesAccess",
        description="Read and write instaNDT's images",
        statements=[
            iam.PolicyStatement(
                actions=["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
                resources=[bucket.bucket_arn],
            ),
            iam.PolicyStatement(
                actions=[
                    "s3:GetObject",
                    "s3:PutObject",
                    "s3:DeleteObject",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ],
                resources=[bucket.arn_for_objects("*")],
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]
            ),
        ],
    )
    accept(
        policy, {f"IAM5[Resource::<{logical_id(bucket)}.Arn>/*]": "All images of this one bucket."}
    )
    return policy
