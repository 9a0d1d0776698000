"""The database's owner, and the two logins that alternate."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.contract import instandt
from instandt_cdk.network.vpc import APPLICATION
from instandt_cdk.operations import Advice, Operations
from instandt_cdk.services.login_permissions import let_rotate, let_work_in_network
from instandt_cdk.settings import DatabaseSettings
from instandt_cdk.shared.python_function import Place, PythonFunction
from instandt_cdk.storage.stack import StorageStack
from logins.protocol import Configuration, LoginsRequest

TIMEOUT = cdk.Duration.minutes(15)
"""As long as Lambda allows: new tasks of each service become healthy, perhaps on a new instance."""

ROTATION_FAILS = Advice(
    alarm="login-rotation",
    section="login-rotation",
    meaning="A step of the rotation of the database's login has failed; instaNDT goes on with the login that "
    "it has.",
    remedy="Run `make rotate`, which goes on with it and says why it fails.",
)


class DatabaseLogins(Construct):
    """The function that makes the owner and the logins, and rotates the logins.

    One secret holds everything that a login needs.
    """

    made: cdk.CustomResource
    """Whoever logs in to the database must depend on it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: ecs.ICluster,
        storage: StorageStack,
        settings: DatabaseSettings,
        operations: Operations,
    ) -> None:
        super().__init__(scope, construct_id)
        database, secret = storage.database, storage.database.login
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=cluster.vpc,
            description="The function of the database logins",
            allow_all_outbound=False,
        )
        function = PythonFunction(
            self,
            "Function",
            package="logins",
            handler="handler.handle",
            description="Makes the database's owner and logins, and rotates the logins",
            timeout=TIMEOUT,
            talks_to=Place(vpc=cluster.vpc, subnets=APPLICATION, security_group=security_group),
            failures="CloudFormation reports a failed request itself. Secrets Manager repeats a "
            "rotation, and an alarm tells of errors.",
            logs=operations.logs,
            settings=Configuration(
                secret_arn=secret.secret_arn,
                instance=database.instance.instance_identifier,
                database=settings.name,
                cluster=cluster.cluster_name,
                reader=instandt.READER,
                connection_string=instandt.CONNECTION_STRING,
            ).to_environment(),
        )
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")
        security_group.connections.allow_to(
            database.instance, ec2.Port.tcp(instandt.DATABASE_PORT), "PostgreSQL"
        )
        let_work_in_network(function)
        let_rotate(
            function,
            secret=secret,
            key=storage.key,
            instance=database.instance.instance_identifier,
            cluster=cluster,
        )
        self.made = cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::DatabaseLogins",
            service_token=function.function_arn,
            service_timeout=TIMEOUT.plus(cdk.Duration.minutes(1)),
            properties=LoginsRequest(
                instance=database.instance.instance_identifier,
                database=settings.name,
                host=database.host,
            ).to_properties(),
        )
        # CloudFormation may go on to what only refers to a function while Lambda still connects that to the
        # network, and it cannot be called then. The limit on retries is not waited for: making the logins may
        # be repeated.
        resource = function.node.default_child
        assert resource is not None  # noqa: S101 - narrows the type
        self.made.node.add_dependency(resource, security_group)
        self._rotate(function, secret, settings).node.add_dependency(self.made)
        operations.watch(
            self,
            "RotationFails",
            ROTATION_FAILS,
            metric=function.metric_errors(period=cdk.Duration.hours(1)),
            threshold=1,
        )

    def _rotate(
        self,
        function: PythonFunction,
        secret: secretsmanager.ISecret,
        settings: DatabaseSettings,
    ) -> secretsmanager.CfnRotationSchedule:
        """Have Secrets Manager call the function, the first time when the days are over."""
        call = iam.ServicePrincipal("secretsmanager.amazonaws.com")
        function.add_permission(
            "Rotation", principal=call, source_account=cdk.Stack.of(self).account
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Rotation",
            secret_id=secret.secret_arn,
            rotation_lambda_arn=function.function_arn,
            rotate_immediately_on_update=False,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=settings.rotation_days
            ),
        )
        schedule.node.add_dependency(function)
        return schedule
