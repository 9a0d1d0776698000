"""A container of the application contract as an ECS task."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as cloudwatch_logs
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.contract import instandt as application
from instandt_cdk.operations.logs import Logs
from instandt_cdk.secrets.image_source import ImageSource
from instandt_cdk.settings import Image, TaskSettings


class ContainerTask(Construct):
    """A task definition with one container, its log, its roles and its security group."""

    definition: ecs.Ec2TaskDefinition
    execution_role: iam.IRole
    """Pulls the image and reads the secrets before the container starts."""
    log_group: cloudwatch_logs.LogGroup
    security_group: ec2.SecurityGroup

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        container: application.Container,
        images: ImageSource,
        image: Image,
        settings: TaskSettings,
        port: int | None = None,
        secrets: Mapping[application.Secret, ecs.Secret],
        logs: Logs,
    ) -> None:
        super().__init__(scope, construct_id)
        self.definition = ecs.Ec2TaskDefinition(
            self,
            "Definition",
            # The CDK would give all environments of an account the same name, and what is started by it
            # alone is its newest revision, whosever that is.
            family=f"{cdk.Stack.of(self).stack_name}-{container.name}",
            network_mode=ecs.NetworkMode.AWS_VPC,
        )
        self.log_group = logs.group(self, "Log")
        self.definition.add_container(
            container.name,
            image=images.container_image(self.definition, image),
            cpu=settings.cpu,
            memory_limit_mib=settings.memory_mib,
            environment=dict(container.environment),
            secrets={name: secrets[secret] for name, secret in container.secrets.items()},
            port_mappings=[ecs.PortMapping(container_port=port)] if port else None,
            logging=ecs.LogDrivers.aws_logs(stream_prefix=container.name, log_group=self.log_group),
        )
        accept(
            self.definition,
            {"ECS2": "What is in the environment is no secret; secrets are referenced."},
        )
        self.execution_role = self.definition.obtain_execution_role()

        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description=f"Tasks of the {container.name}",
            allow_all_outbound=False,
        )
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")
