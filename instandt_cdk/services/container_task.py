"""A container of the application contract as an ECS task."""

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as cloudwatch_logs
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.contract import Container, Secret
from instandt_cdk.names import Names
from instandt_cdk.operations import Logs
from instandt_cdk.secrets.image_source import ImageSource
from instandt_cdk.shared.secrets import let_decrypt

SCRATCH = "scratch"
"""The volume for files that nobody keeps."""

STOP_TIMEOUT = cdk.Duration.minutes(2)
"""How long a server that was told to stop may go on before ECS kills it; ECS's default is 30 s.

ECS tells it when the load balancer's deregistration delay is over. An upload may have arrived just then, and
CloudFront waits this long for the answer.
"""


@dataclass(frozen=True, kw_only=True)
class StoredSecret:
    """Where a confidential value is kept, and the key that encrypts it there."""

    value: ecs.Secret
    key: kms.IKey


class ContainerTask(Construct):
    """A task definition with one container, its log, its roles and its security group."""

    container: Container
    definition: ecs.Ec2TaskDefinition
    log_group: cloudwatch_logs.LogGroup
    security_group: ec2.SecurityGroup

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        container: Container,
        names: Names,
        vpc: ec2.IVpc,
        images: ImageSource,
        secrets: Mapping[Secret, StoredSecret],
        logs: Logs,
    ) -> None:
        """Make the task.

        Args:
            scope: Its parent.
            construct_id: Its id.
            container: What it runs.
            names: Of its family. The CDK would give all environments of an account the same one, and whoever
                starts the family without a revision gets the newest, even if it is another environment's.
            vpc: Where it runs.
            images: Where its image comes from.
            secrets: Where the application's confidential values are kept.
            logs: How its log is kept.
        """
        super().__init__(scope, construct_id)
        self.container = container
        self.definition = ecs.Ec2TaskDefinition(
            self,
            "Definition",
            family=names.task_family(container.name),
            network_mode=ecs.NetworkMode.AWS_VPC,
        )
        self.log_group = logs.group(self, "Log")
        server = container.web_server
        definition = self.definition.add_container(
            container.name,
            image=images.container_image(self.definition, container.image),
            cpu=container.cpu_units,
            memory_limit_mib=container.memory_mib,
            environment=dict(container.environment),
            secrets={
                variable: secrets[secret].value for variable, secret in container.secrets.items()
            },
            stop_timeout=STOP_TIMEOUT if server else None,
            readonly_root_filesystem=container.read_only_root,
            user=container.user,
            port_mappings=[ecs.PortMapping(container_port=server.port)] if server else None,
            logging=ecs.LogDrivers.aws_logs(stream_prefix=container.name, log_group=self.log_group),
        )
        if container.read_only_root:
            self.definition.add_volume(
                name=SCRATCH,
                # Unlike a directory of the host, it takes the permissions that the image has for /tmp.
                docker_volume_configuration=ecs.DockerVolumeConfiguration(
                    driver="local", scope=ecs.Scope.TASK
                ),
            )
            definition.add_mount_points(
                ecs.MountPoint(source_volume=SCRATCH, container_path="/tmp", read_only=False)  # noqa: S108
            )
        accept(
            self.definition,
            {"ECS2": "What is in the environment is no secret; secrets are referenced."},
        )
        # It pulls the image and reads the secrets before the container starts.
        execution_role = self.definition.obtain_execution_role()
        for key in dict.fromkeys(secrets[secret].key for secret in container.secrets.values()):
            let_decrypt(execution_role, key)
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description=f"Tasks of the {container.name}",
            allow_all_outbound=False,
        )
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")

    @property
    def role(self) -> iam.IRole:
        """Whose permissions the container has."""
        return self.definition.task_role

    def mount(self, volume: ecs.EfsVolumeConfiguration, *, name: str, path: str) -> None:
        """Mount a file system into the container.

        Args:
            volume: Of the file system.
            name: The volume's in the task.
            path: Where, in the container.
        """
        self.definition.add_volume(name=name, efs_volume_configuration=volume)
        container = self.definition.default_container
        assert container is not None  # noqa: S101 - it was added above
        container.add_mount_points(
            ecs.MountPoint(source_volume=name, container_path=path, read_only=False)
        )
