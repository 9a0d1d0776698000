"""Services: what a release of instaNDT changes."""

from collections.abc import Mapping
from functools import partial

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from instandt_cdk.contract import instandt as application
from instandt_cdk.ingress.stack import IngressStack
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.secrets.stack import SecretsStack
from instandt_cdk.services.bastion import Bastion
from instandt_cdk.services.container_task import ContainerTask
from instandt_cdk.services.database_migration import DatabaseMigration
from instandt_cdk.services.ec2_cluster import Ec2Cluster
from instandt_cdk.services.web_service import WebService
from instandt_cdk.settings import Settings
from instandt_cdk.storage.stack import StorageStack

GIB = 1024**3


class ServicesStack(cdk.Stack):
    """Services: ECS cluster, database migration, frontend and backend, bastion."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        settings: Settings,
        network: NetworkStack,
        secrets: SecretsStack,
        storage: StorageStack,
        ingress: IngressStack,
    ) -> None:
        super().__init__(
            scope, construct_id, env=env, stack_name=stack_name, description=type(self).__doc__
        )
        ssm.StringParameter(
            self,
            "VersionParameter",
            # Operators and their tools type this name; the tasks take the version from the settings.
            parameter_name=f"/instandt/{settings.environment}/app-version",
            string_value=settings.app_version,
            description="The version of instaNDT that runs; change it in the settings, not here",
        )
        cluster = Ec2Cluster(
            self,
            "Cluster",
            vpc=network.vpc,
            registry_port=settings.registry.port,
            settings=settings.cluster,
        )

        site = _site(settings)
        images = settings.registry.images(version=settings.app_version)
        task = partial(
            ContainerTask,
            self,
            vpc=network.vpc,
            images=secrets.images,
            secrets=_secrets(secrets, storage),
            logs=network.logs,
        )
        migration_task = task(
            "MigrationTask",
            container=application.migration(
                database_host=storage.database.instance.db_instance_endpoint_address
            ),
            image=images["migration"],
            settings=settings.migration,
        )
        frontend_task = task(
            "FrontendTask",
            container=application.frontend(site),
            image=images["frontend"],
            settings=settings.frontend,
            port=settings.frontend.port,
        )
        backend_task = task(
            "BackendTask",
            container=application.backend(
                site,
                bucket=storage.images.bucket_name,
                email_sender=settings.application.email_sender,
                email_token_seconds=settings.application.email_token_seconds,
                email_verification_seconds=settings.application.email_verification_seconds,
            ),
            image=images["backend"],
            settings=settings.backend,
            port=settings.backend.port,
        )
        storage.images.admit(backend_task)
        backend_task.definition.add_to_task_role_policy(
            _send_from(settings.application.email_sender, stack=self)
        )

        for task_with_tokens in (frontend_task, backend_task):
            secrets.key.grant_decrypt(task_with_tokens.execution_role)
        for task_with_database in (backend_task, migration_task):
            storage.key.grant_decrypt(task_with_database.execution_role)

        migration = DatabaseMigration(
            self,
            "Migration",
            cluster=cluster,
            task=migration_task,
            # Its image's tag or digest: another image means another migration.
            version=images["migration"].reference,
            settings=settings.migration,
            logs=network.logs,
        )

        migration.node.add_dependency(
            secrets.preflight.images_available(self, version=settings.app_version)
        )

        # Imported, so that the rules between the balancer and the tasks belong to this stack.
        balancer = ec2.SecurityGroup.from_security_group_id(
            self,
            "BalancerSecurityGroup",
            ingress.security_group.security_group_id,
            allow_all_outbound=False,
        )
        service = partial(
            WebService,
            self,
            cluster=cluster,
            listener=elb.ApplicationListener.from_application_listener_attributes(
                self,
                "Listener",
                listener_arn=ingress.listener.listener_arn,
                security_group=balancer,
            ),
            after=migration,
        )
        service(
            "Backend",
            task=backend_task,
            path_pattern="/api/*",
            priority=10,
            settings=settings.backend,
        )
        service(
            "Frontend",
            task=frontend_task,
            path_pattern="/*",
            priority=20,
            settings=settings.frontend,
        )
        bastion = Bastion(self, "Bastion", vpc=network.vpc)

        frontend_task.security_group.connections.allow_to(
            balancer, ec2.Port.tcp(443), "the backend, by the internal name"
        )
        for client in (
            backend_task.security_group,
            migration_task.security_group,
            bastion.instance,
        ):
            client.connections.allow_to(
                storage.database.instance, ec2.Port.tcp(application.DATABASE_PORT), "PostgreSQL"
            )

        cdk.CfnOutput(self, "AppVersion", value=settings.app_version)
        cdk.CfnOutput(self, "ClusterName", value=cluster.cluster.cluster_name)
        for name, command in {
            "OpenSession": f"ssm start-session --target {bastion.instance.instance_id}",
            "ReadBackendLog": f"logs tail --follow {backend_task.log_group.log_group_name}",
            "ReadFrontendLog": f"logs tail --follow {frontend_task.log_group.log_group_name}",
            "RunMigration": "stepfunctions start-execution --state-machine-arn "
            f"{migration.state_machine.state_machine_arn}",
        }.items():
            cdk.CfnOutput(self, name, value=f"aws --region {self.region} {command}")


def _secrets(
    secrets: SecretsStack, storage: StorageStack
) -> Mapping[application.Secret, ecs.Secret]:
    """Where each of the contract's secrets is kept."""
    stored = ecs.Secret.from_secrets_manager
    database = storage.database
    return {
        application.Secret.JWT_KEY: stored(secrets.jwt_key),
        application.Secret.JWT_PAT_KEY: stored(secrets.jwt_pat_key),
        application.Secret.CONNECTION_STRING: stored(database.connection_string),
        application.Secret.DATABASE_USERNAME: stored(database.credentials, "username"),
        application.Secret.DATABASE_PASSWORD: stored(database.credentials, "password"),
    }


def _send_from(sender: str, *, stack: cdk.Stack) -> iam.PolicyStatement:
    """Send e-mails as this sender, whether SES knows the address or its whole domain."""
    return iam.PolicyStatement(
        actions=["ses:SendEmail", "ses:SendRawEmail"],
        resources=[
            stack.format_arn(service="ses", resource="identity", resource_name=identity)
            for identity in (sender, sender.partition("@")[2])
        ],
        conditions={"StringEquals": {"ses:FromAddress": sender}},
    )


def _site(settings: Settings) -> application.Site:
    return application.Site(
        environment=settings.environment,
        version=settings.app_version,
        commit_hash=settings.application.commit_hash,
        domain=settings.site.domain,
        internal_name=settings.site.internal_name,
        cookie_domain=settings.site.cookie_domain or settings.site.domain,
        upload_limit_mib=settings.application.upload_limit_mib,
        storage_limit_bytes=settings.application.storage_limit_gib * GIB,
        grafana_loki=settings.application.grafana_loki,
    )
