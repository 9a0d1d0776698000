"""Services: what a release of instaNDT changes."""

from collections.abc import Mapping
from functools import partial

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_ssm as ssm
from constructs import Construct, IDependable

from instandt_cdk.cluster.ec2_cluster import Ec2Cluster
from instandt_cdk.contract import Need, Secret, application, instandt
from instandt_cdk.ingress.stack import IngressStack
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.secrets.stack import SecretsStack
from instandt_cdk.services.bastion import Bastion
from instandt_cdk.services.container_task import ContainerTask, StoredSecret
from instandt_cdk.services.database_logins import DatabaseLogins
from instandt_cdk.services.database_migration import DatabaseMigration
from instandt_cdk.services.host_age import HostAge
from instandt_cdk.services.mail import let_send_mail
from instandt_cdk.services.service_alarms import watch_service
from instandt_cdk.services.sessions import Sessions
from instandt_cdk.services.web_service import WebService
from instandt_cdk.settings import Settings
from instandt_cdk.storage.media_files import MediaFiles
from instandt_cdk.storage.stack import StorageStack
from logins.protocol import CONNECTION_STRING


class ServicesStack(cdk.Stack):
    """Services: database migration, frontend and backend, bastion."""

    tasks: Mapping[str, ContainerTask]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        settings: Settings,
        network: NetworkStack,
        cluster: Ec2Cluster,
        secrets: SecretsStack,
        storage: StorageStack,
        ingress: IngressStack,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
        )
        app = application(
            settings, database_host=storage.database.host, media_bucket=storage.media_bucket_name
        )
        logins = DatabaseLogins(
            self,
            "DatabaseLogins",
            cluster=cluster.cluster,
            storage=storage,
            settings=settings.database,
            operations=network.operations,
        )
        self.tasks = tasks = {
            container.name: ContainerTask(
                self,
                f"{container.name.capitalize()}Task",
                container=container,
                names=settings.names,
                vpc=network.vpc,
                images=secrets.images,
                secrets=_stored(secrets, storage),
                logs=network.operations.logs,
            )
            for container in app.containers
        }
        balancer, listener = self._ingress(ingress)
        for task in tasks.values():
            self._provide(task, settings, storage, balancer)
        migration = DatabaseMigration(
            self,
            "Migration",
            names=settings.names,
            cluster=cluster,
            task=tasks[app.migration.name],
            release=settings.app_version,
            settings=settings.migration,
            logs=network.operations.logs,
        )
        asked = secrets.preflight.images_available(self, images=[c.image for c in app.containers])
        migration.run.node.add_dependency(logins.made, asked)
        ready: IDependable = migration.run
        for container in app.services:
            service = WebService(
                self,
                container.name.capitalize(),
                cluster=cluster,
                task=tasks[container.name],
                listener=listener,
                balancer=ingress.load_balancer.load_balancer_full_name,
                after=ready,
            )
            ready = service.stable
            watch_service(service, cluster=cluster, operations=network.operations)
        self._let_operators_in(settings, network, storage, balancer, cluster)
        self._name_for_operators(settings, cluster, migration)

    def _let_operators_in(
        self,
        settings: Settings,
        network: NetworkStack,
        storage: StorageStack,
        balancer: ec2.ISecurityGroup,
        cluster: Ec2Cluster,
    ) -> None:
        """Make the bastion, let sessions on it look around, and measure the age of all hosts."""
        bastion = Bastion(self, "Bastion", vpc=network.vpc, days=settings.cluster.instance_days)
        bastion.group.connections.allow_to(
            storage.database.instance, ec2.Port.tcp(instandt.DATABASE_PORT), "PostgreSQL"
        )
        for group in bastion.group.connections.security_groups:
            balancer.add_ingress_rule(group, ec2.Port.tcp(443), "a look at the site from inside")
        Sessions(
            self,
            "Sessions",
            role=bastion.role,
            logs=network.operations.logs,
            host=storage.database.host,
            database=settings.database.name,
        )
        HostAge(
            self,
            "HostAge",
            groups=[cluster.group, bastion.group],
            environment=settings.environment,
            days=settings.cluster.instance_days,
            operations=network.operations,
        )

    def _name_for_operators(
        self, settings: Settings, cluster: Ec2Cluster, migration: DatabaseMigration
    ) -> None:
        """Tell operators and their tools what runs, where, and how the migration runs again."""
        ssm.StringParameter(
            self,
            "VersionParameter",
            # Operators and their tools type this name.
            parameter_name=settings.names.version_parameter,
            string_value=settings.app_version,
            description="The version of instaNDT that runs; change it in the settings, not here",
        )
        cdk.CfnOutput(self, "AppVersion", value=settings.app_version)
        cdk.CfnOutput(self, "ClusterName", value=cluster.cluster.cluster_name)
        cdk.CfnOutput(
            self,
            "RunMigration",
            value=f"aws --region {self.region} stepfunctions start-execution --state-machine-arn "
            f"{migration.state_machine.state_machine_arn}",
        )

    def _ingress(
        self, ingress: IngressStack
    ) -> tuple[ec2.ISecurityGroup, elb.IApplicationListener]:
        """Import the balancer's group and listener, so that what is added to them belongs to this stack."""
        balancer = ec2.SecurityGroup.from_security_group_id(
            self,
            "BalancerSecurityGroup",
            ingress.security_group.security_group_id,
            allow_all_outbound=False,
        )
        listener = elb.ApplicationListener.from_application_listener_attributes(
            self, "Listener", listener_arn=ingress.listener.listener_arn, security_group=balancer
        )
        return balancer, listener

    def _provide(
        self,
        task: ContainerTask,
        settings: Settings,
        storage: StorageStack,
        balancer: ec2.ISecurityGroup,
    ) -> None:
        """Give the container the permissions and the connections that it needs."""
        connections = task.security_group.connections
        for need in sorted(task.container.needs):
            match need:
                case Need.API:
                    # Out, it may connect to this port anyway.
                    balancer.add_ingress_rule(
                        task.security_group, ec2.Port.tcp(443), "the backend's API"
                    )
                case Need.DATABASE:
                    port = ec2.Port.tcp(instandt.DATABASE_PORT)
                    connections.allow_to(storage.database.instance, port, "PostgreSQL")
                case Need.MEDIA:
                    storage.media.let_read_and_write(task.role)
                    if isinstance(storage.media, MediaFiles):
                        task.mount(
                            storage.media.volume, name="media", path=settings.storage.mount_path
                        )
                        port = ec2.Port.tcp(efs.FileSystem.DEFAULT_PORT)
                        connections.allow_to(storage.media.file_system, port, "media")
                case Need.MAIL:
                    sender = settings.application.email_sender
                    let_send_mail(task.role, sender)


def _stored(secrets: SecretsStack, storage: StorageStack) -> Mapping[Secret, StoredSecret]:
    """Return where each of the contract's secrets is kept."""
    stored = ecs.Secret.from_secrets_manager
    ours = partial(StoredSecret, key=secrets.key)
    of_the_database = partial(StoredSecret, key=storage.key)
    login = partial(stored, storage.database.login)
    return {
        Secret.JWT_KEY: ours(value=stored(secrets.jwt_key)),
        Secret.JWT_PAT_KEY: ours(value=stored(secrets.jwt_pat_key)),
        Secret.CONNECTION_STRING: of_the_database(value=login(CONNECTION_STRING)),
        Secret.DATABASE_USERNAME: of_the_database(value=login("username")),
        Secret.DATABASE_PASSWORD: of_the_database(value=login("password")),
    }
