"""A file system of media: what users upload."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations import removal_policy
from instandt_cdk.settings import OperationsSettings

OWNER = "1000"
"""The user and group that all files belong to, whoever the container runs as: the access point sees to it."""


class MediaFiles(Construct):
    """An encrypted file system, mounted by its access point, with TLS and the task's role only.

    It is reached by its name inside the VPC, and the instance's agent lends the role's credentials: a network
    without a way out needs no endpoint for it. The ECS-optimized image brings the mount helper, and a task
    with a network interface of its own mounts through that ("Use Amazon EFS volumes with Amazon ECS", Amazon
    ECS Developer Guide).
    """

    file_system: efs.FileSystem
    volume: ecs.EfsVolumeConfiguration
    """How a task mounts it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        key: kms.IKey,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.file_system = efs.FileSystem(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_group=ec2.SecurityGroup(
                self,
                "SecurityGroup",
                vpc=vpc,
                description="Media from the backend",
                allow_all_outbound=False,
            ),
            encrypted=True,
            kms_key=key,
            throughput_mode=efs.ThroughputMode.ELASTIC,
            # Media are read often when new and seldom afterwards.
            lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS,
            out_of_infrequent_access_policy=efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
            enable_automatic_backups=operations.is_protected,
            file_system_policy=_policy(),
            # With a policy that allows nobody, clients without a role that allows them are refused. Left to
            # itself, the library would allow everybody to write.
            allow_anonymous_access=True,
            removal_policy=removal_policy(operations),
        )
        accept(
            self.file_system,
            {
                "EFSInBackupPlan": "EFS's own daily backups are on, which AWS Backup keeps for 35 days."
                if operations.is_protected
                else "The operator chose an environment to throw away."
            },
        )
        self._access_point = self.file_system.add_access_point(
            "AccessPoint",
            path="/media",
            create_acl=efs.Acl(owner_uid=OWNER, owner_gid=OWNER, permissions="750"),
            posix_user=efs.PosixUser(uid=OWNER, gid=OWNER),
        )
        self.volume = ecs.EfsVolumeConfiguration(
            file_system_id=self.file_system.file_system_id,
            transit_encryption="ENABLED",
            authorization_config=ecs.AuthorizationConfig(
                access_point_id=self._access_point.access_point_id, iam="ENABLED"
            ),
        )

    def let_read_and_write(self, role: iam.IRole) -> None:
        """Let a role read and write media.

        The file system's own grant would write the role into its policy, and so turn the references between
        the stacks round; and it knows nothing of the access point.
        """
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                resources=[self.file_system.file_system_arn],
                conditions={
                    "StringEquals": {
                        "elasticfilesystem:AccessPointArn": self._access_point.access_point_arn
                    }
                },
            )
        )


def _policy() -> iam.PolicyDocument:
    """Nobody comes in without TLS or beside the access point.

    Source: "Using IAM to control access to file systems", Amazon EFS User Guide.
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["*"],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            ),
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[
                    "elasticfilesystem:ClientMount",
                    "elasticfilesystem:ClientWrite",
                    "elasticfilesystem:ClientRootAccess",
                ],
                conditions={"Null": {"elasticfilesystem:AccessPointArn": "true"}},
            ),
        ]
    )
