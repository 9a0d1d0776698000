"""A file system of DICOM images."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations.removal import is_protected, removal_policy
from instandt_cdk.services.container_task import ContainerTask
from instandt_cdk.settings import OperationsSettings

OWNER = "1000"
"""The user and group that all files belong to, whoever the container runs as: the access point sees to it."""


class ImageFiles(Construct):
    """An encrypted file system, mounted by its access point, with TLS and the task's role only.

    It is reached by its name inside the VPC, and the instance's agent lends the role's credentials: a network
    without a way out needs no endpoint for it. The ECS-optimized image brings the mount helper, and a task
    with a network interface of its own mounts through that ("Use Amazon EFS volumes with Amazon ECS", Amazon
    ECS Developer Guide).
    """

    bucket_name: str | None = None
    file_system: efs.FileSystem

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        key: kms.IKey,
        mount_path: str,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        self._mount_path = mount_path
        self.file_system = efs.FileSystem(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_group=ec2.SecurityGroup(
                self,
                "SecurityGroup",
                vpc=vpc,
                description="Images from the backend",
                allow_all_outbound=False,
            ),
            encrypted=True,
            kms_key=key,
            throughput_mode=efs.ThroughputMode.ELASTIC,
            # Images are read often when new and seldom afterwards.
            lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS,
            out_of_infrequent_access_policy=efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
            enable_automatic_backups=is_protected(operations),
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
                if is_protected(operations)
                else "The operator chose an environment to throw away."
            },
        )
        self._access_point = self.file_system.add_access_point(
            "AccessPoint",
            path="/images",
            create_acl=efs.Acl(owner_uid=OWNER, owner_gid=OWNER, permissions="750"),
            posix_user=efs.PosixUser(uid=OWNER, gid=OWNER),
        )

    def admit(self, task: ContainerTask) -> None:
        """Mount the images into a task's container, and let its role read and write them."""
        file_system, access_point = self.file_system, self._access_point
        task.definition.add_volume(
            name="images",
            efs_volume_configuration=ecs.EfsVolumeConfiguration(
                file_system_id=file_system.file_system_id,
                transit_encryption="ENABLED",
                authorization_config=ecs.AuthorizationConfig(
                    access_point_id=access_point.access_point_id, iam="ENABLED"
                ),
            ),
        )
        container = task.definition.default_container
        assert container is not None  # noqa: S101 - a ContainerTask always has one
        container.add_mount_points(
            ecs.MountPoint(source_volume="images", container_path=self._mount_path, read_only=False)
        )
        # The grant of the file system would write the role into its policy, and so turn the references
        # between the stacks round; and it knows nothing of the access point.
        task.definition.add_to_task_role_policy(
            iam.PolicyStatement(
                actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                resources=[file_system.file_system_arn],
                conditions={
                    "StringEquals": {
                        "elasticfilesystem:AccessPointArn": access_point.access_point_arn
                    }
                },
            )
        )
        task.security_group.connections.allow_to(
            file_system, ec2.Port.tcp(efs.FileSystem.DEFAULT_PORT), "images"
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
