"""Storage: everything that must never be lost."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk import application
from instandt_cdk.compliance import accept, logical_id
from instandt_cdk.components.log_bucket import LogBucket
from instandt_cdk.components.log_group import log_group
from instandt_cdk.components.removal import is_protected, removal_policy
from instandt_cdk.settings import DatabaseSettings, OperationsSettings


class StorageStack(cdk.Stack):
    """Storage: bucket of DICOM images, PostgreSQL database, its credentials."""

    images: s3.Bucket
    images_access: iam.ManagedPolicy
    """Reading and writing images, for the role of the task that does."""
    database: rds.DatabaseInstance
    credentials: secretsmanager.Secret
    connection_string: secretsmanager.Secret

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        environment: str,
        vpc: ec2.IVpc,
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
        key = kms.Key(
            self,
            "DataKey",
            description="Encrypts instaNDT's images and database",
            enable_key_rotation=True,
            removal_policy=removal_policy(operations),
        )
        self.images = self._image_bucket(key, operations)
        self.images_access = _read_and_write(self, self.images, key)
        self.credentials = rds.DatabaseSecret(
            self,
            "Credentials",
            username=application.DATABASE,
            # RDS itself refuses "/", "@" and the double quote.
            exclude_characters=application.CONNECTION_STRING_SYNTAX + "/@,",
        )
        self.credentials.apply_removal_policy(removal_policy(operations))
        accept(
            self.credentials,
            {
                "SMG4": "Tasks get the password when they start; rotation comes with their replacement."
            },
        )
        self.database = self._database(environment, vpc, key, database, operations)
        self.connection_string = secretsmanager.Secret(
            self,
            "ConnectionString",
            description="The backend's way to the database, composed from its credentials",
            secret_string_value=cdk.SecretValue.unsafe_plain_text(
                # CloudFormation puts the password in; the template holds a reference to it.
                application.connection_string(
                    host=self.database.db_instance_endpoint_address,
                    port=self.database.db_instance_endpoint_port,
                    username=self.credentials.secret_value_from_json("username").unsafe_unwrap(),
                    password=self.credentials.secret_value_from_json("password").unsafe_unwrap(),
                )
            ),
            removal_policy=removal_policy(operations),
        )
        accept(self.connection_string, {"SMG4": "It follows the database's credentials."})

        cdk.CfnOutput(self, "ImageBucketName", value=self.images.bucket_name)
        cdk.CfnOutput(self, "DatabaseEndpoint", value=self.database.db_instance_endpoint_address)

    def _image_bucket(self, key: kms.Key, operations: OperationsSettings) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Images",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
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

    def _database(
        self,
        environment: str,
        vpc: ec2.IVpc,
        key: kms.Key,
        settings: DatabaseSettings,
        operations: OperationsSettings,
    ) -> rds.DatabaseInstance:
        # With a name of its own CloudFormation refuses to replace the instance, whatever is changed, and
        # its log groups can be there, with a retention, before RDS would make them without one.
        identifier = f"instandt-{environment}"
        exported_logs = ["postgresql", "upgrade"]
        log_groups = [
            log_group(
                self,
                f"Database{name.capitalize()}Log",
                name=f"/aws/rds/instance/{identifier}/{name}",
                operations=operations,
            )
            for name in exported_logs
        ]
        engine = rds.DatabaseInstanceEngine.postgres(
            version=rds.PostgresEngineVersion.of(
                settings.engine_version, settings.engine_version.partition(".")[0]
            )
        )
        instance = rds.DatabaseInstance(
            self,
            "Database",
            instance_identifier=identifier,
            engine=engine,
            instance_type=ec2.InstanceType(settings.instance_class),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[
                ec2.SecurityGroup(
                    self,
                    "DatabaseSecurityGroup",
                    vpc=vpc,
                    description="PostgreSQL from the tasks and the bastion",
                    allow_all_outbound=False,
                )
            ],
            publicly_accessible=False,
            port=application.DATABASE_PORT,
            multi_az=settings.multi_az,
            database_name=application.DATABASE,
            credentials=rds.Credentials.from_secret(self.credentials),
            iam_authentication=True,
            parameter_group=rds.ParameterGroup(
                self,
                "Parameters",
                engine=engine,
                description="instaNDT: connections only with TLS",
                parameters={"rds.force_ssl": "1"},
            ),
            allocated_storage=settings.storage_gib,
            max_allocated_storage=settings.maximum_storage_gib,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=key,
            backup_retention=cdk.Duration.days(settings.backup_days),
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            cloudwatch_logs_exports=exported_logs,
            deletion_protection=is_protected(operations),
            removal_policy=removal_policy(operations),
        )
        for group in log_groups:
            instance.node.add_dependency(group)
        accept(
            instance,
            {
                "RDS11": "The migration's contract has no variable for the port; the isolated subnets and "
                "the security group, open to instaNDT's own tasks only, guard it.",
            }
            | (
                {}
                if settings.multi_az
                else {"RDS3": "The operator chose a single zone for this environment."}
            )
            | (
                {}
                if is_protected(operations)
                else {"RDS10": "The operator chose an environment that can be deleted."}
            ),
        )
        return instance


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
