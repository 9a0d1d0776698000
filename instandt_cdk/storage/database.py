"""The PostgreSQL database, and the secret for the login that the application uses."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from instandt_cdk.compliance import accept, skip
from instandt_cdk.contract import instandt
from instandt_cdk.names import DATABASE_LOGS
from instandt_cdk.network.vpc import DATA
from instandt_cdk.operations import Operations, removal_policy
from instandt_cdk.settings import DatabaseSettings
from instandt_cdk.shared.secrets import accept_unrotated, for_other_stacks

_MONITORING_POLICY = (
    "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
)

MASTER = "instandt_master"
"""The master's name, as whom no application logs in. It cannot be changed."""


class Database(Construct):
    """An RDS instance that takes connections with TLS from inside the network only."""

    instance: rds.DatabaseInstance
    name: str
    """The instance's identifier."""
    host: str
    """The address, which follows the name."""
    login: secretsmanager.ISecret
    """Where the application's login is kept. It is empty until the stack Services has made one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        key: kms.IKey,
        settings: DatabaseSettings,
        operations: Operations,
    ) -> None:
        """Make the database.

        Args:
            scope: Its parent.
            construct_id: Its id.
            name: The instance's identifier. With a name of its own CloudFormation refuses to replace the
                instance, whatever is changed, and its log groups can be there, with a retention, before RDS
                would make them without one.
            vpc: The network, which has isolated subnets.
            key: Encrypts the storage, and the secrets of the master and the login.
            settings: Size and backup.
            operations: How the database and its logs are kept.
        """
        super().__init__(scope, construct_id)
        self._key = key
        self._removal_policy = removal_policy(operations.settings)
        self.name = name
        self.instance = self._instance(vpc, settings, operations)
        for log in DATABASE_LOGS:
            # "Publishing PostgreSQL logs to Amazon CloudWatch Logs", Amazon RDS User Guide.
            group = f"/aws/rds/instance/{self.name}/{log}"
            self.come_after(operations.logs.group(self, f"{log.capitalize()}Log", name=group))
        self._accept(settings, operations)
        self.host = self.instance.db_instance_endpoint_address
        login = self._empty_secret()
        self.come_after(login)
        self.login = for_other_stacks(self, "LoginShared", login)

    def come_after(self, *others: IDependable) -> None:
        """Make the instance when the others are there: a rollback cannot delete it while it is protected.

        Only the instance waits. Its subnet group and its monitoring role are made beside the others.
        """
        resource = self.instance.node.default_child
        assert resource is not None  # noqa: S101 - narrows the type
        resource.node.add_dependency(*others)

    def _instance(
        self,
        vpc: ec2.IVpc,
        settings: DatabaseSettings,
        operations: Operations,
    ) -> rds.DatabaseInstance:
        engine = rds.DatabaseInstanceEngine.postgres(
            # The major version only: RDS begins with a recent minor one and applies later ones, from which a
            # template that names one would lead back ("Amazon RDS for PostgreSQL updates", Amazon RDS for
            # PostgreSQL Release Notes).
            version=rds.PostgresEngineVersion.of(settings.engine_version, settings.engine_version)
        )
        return rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=self.name,
            engine=engine,
            instance_type=ec2.InstanceType(settings.instance_class),
            vpc=vpc,
            vpc_subnets=DATA,
            security_groups=[
                ec2.SecurityGroup(
                    self,
                    "SecurityGroup",
                    vpc=vpc,
                    description="PostgreSQL from the tasks and the bastion",
                    allow_all_outbound=False,
                )
            ],
            publicly_accessible=False,
            port=instandt.DATABASE_PORT,
            multi_az=settings.multi_az,
            database_name=settings.name,
            # RDS keeps the password in a secret of its own and rotates it every week ("Password management
            # with Amazon RDS and AWS Secrets Manager", Amazon RDS User Guide).
            manage_master_user_password=True,
            credentials=rds.Credentials.from_username(MASTER, encryption_key=self._key),
            iam_authentication=True,
            parameter_group=rds.ParameterGroup(
                self,
                "Parameters",
                engine=engine,
                # A changed description would make another group, which RDS would apply at a restart only.
                description="instaNDT: how clients connect",
                parameters={"rds.force_ssl": str(int(settings.require_tls))},
            ),
            allocated_storage=settings.storage_gib,
            max_allocated_storage=settings.maximum_storage_gib,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=self._key,
            monitoring_interval=cdk.Duration.minutes(1),
            backup_retention=cdk.Duration.days(settings.backup_days),
            # Saturday or Sunday in every time zone, and apart from the daily snapshots.
            preferred_backup_window="01:00-01:30",
            preferred_maintenance_window="sun:02:30-sun:03:30",
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            cloudwatch_logs_exports=list(DATABASE_LOGS),
            deletion_protection=operations.settings.is_protected,
            removal_policy=self._removal_policy,
        )

    def _accept(self, settings: DatabaseSettings, operations: Operations) -> None:
        accept(
            self.instance,
            {
                "RDS11": "The migration's contract has no variable for the port; the isolated subnets and "
                "the security group, open to instaNDT's own tasks only, guard it.",
            },
        )
        role = self.instance.node.find_child("MonitoringRole")
        accept(
            role,
            {
                f"IAM4[Policy::{_MONITORING_POLICY}]": "AWS's own policy for just this: writing the metrics."
            },
        )
        if not settings.multi_az:
            single = "The operator chose a single zone."
            accept(self.instance, {"RDS3": single, "RDSMultiAZSupport": single})
            skip(self.instance.node.default_child, {"CKV_AWS_157": single})
        if not settings.require_tls:
            clear = "The operator's version of instaNDT cannot use TLS; only its own tasks reach the port."
            skip(self.instance.node.default_child, {"CKV2_AWS_69": clear})
        if operations.settings.is_protected:
            named = "The backup plan covers it by its name, and is made before what is protected."
            accept(self.instance, {"RDSInBackupPlan": named})
        else:
            trial = "The operator chose an environment to throw away."
            unprotected = ("RDS10", "RDSInBackupPlan", "RDSInstanceDeletionProtectionEnabled")
            accept(self.instance, dict.fromkeys(unprotected, trial))

    def _empty_secret(self) -> secretsmanager.Secret:
        """Make a secret without a value, which CloudFormation therefore never overwrites."""
        secret = secretsmanager.Secret(
            self,
            "Login",
            description="instaNDT's login to the database, with the connection string",
            encryption_key=self._key,
            removal_policy=self._removal_policy,
        )
        resource = secret.node.default_child
        assert isinstance(resource, secretsmanager.CfnSecret)  # noqa: S101 - narrows the type
        # "If you omit both GenerateSecretString and SecretString, you create an empty secret"
        # (AWS::SecretsManager::Secret, AWS CloudFormation Template Reference).
        resource.add_property_deletion_override("GenerateSecretString")
        accept_unrotated(
            secret, "The stack Services rotates it: its function also replaces the services."
        )
        return secret
