"""The database migration: it runs at each new version, and a deployment waits for it."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from instandt_cdk.cluster.ec2_cluster import Ec2Cluster
from instandt_cdk.names import Names
from instandt_cdk.network.vpc import APPLICATION
from instandt_cdk.operations import Logs, name_of_its_own
from instandt_cdk.services.container_task import ContainerTask
from instandt_cdk.services.migration_role import migration_role
from instandt_cdk.settings import MigrationSettings
from instandt_cdk.shared.python_function import PythonFunction
from migration.protocol import ALREADY_RUNS, ERROR, TASK, MigrationRequest, ReportRequest

PASSING = ["ECS.AccessDeniedException", "ECS.ServerException", "ECS.ThrottlingException"]
"""Errors of RunTask that pass. Permissions of a new role are among them: IAM is eventually consistent."""

OTHERS = "$.others"
"""Where the tasks are listed that run already, in the execution's data."""


class DatabaseMigration(Construct):
    """Runs the migration task in a state machine, which outlives any function and can be started by hand.

    CloudFormation's request starts it; its last step reads the task's outcome and answers the request.
    The task runs on the cluster's default capacity.
    """

    state_machine: sfn.StateMachine
    run: cdk.CustomResource
    """The run that a deployment waits for."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        cluster: Ec2Cluster,
        task: ContainerTask,
        release: str,
        settings: MigrationSettings,
        logs: Logs,
    ) -> None:
        super().__init__(scope, construct_id)
        # The function starts the state machine, which calls the function. As the name is known before,
        # neither waits for the other's permissions. It ends in a part of the stack's id, because the name of
        # a deleted state machine is taken until its executions have ended ("DeleteStateMachine", AWS Step
        # Functions API Reference).
        name = name_of_its_own(cdk.Stack.of(self), f"{names.prefix}-migration")
        function = self._function(task, logs, starts=name)
        role = migration_role(self, cluster=cluster.cluster, task=task)
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            role=role.without_policy_updates(),
            comment="Runs instaNDT's database migration and reports how it went",
            definition_body=sfn.DefinitionBody.from_chainable(
                _steps(self, cluster=cluster.cluster, task=task, settings=settings, report=function)
            ),
            timeout=cdk.Duration.minutes(settings.timeout_minutes + 5),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=logs.group(self, "Log"), level=sfn.LogLevel.ALL),
        )
        self.state_machine.node.add_dependency(role)
        # A policy of its own: the state machine needs the role's other permissions when it is made, and this
        # one when it runs.
        tell = iam.Policy(
            self,
            "Report",
            statements=[
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=[function.function_arn]
                )
            ],
            roles=[role],
        )
        self.run = cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::DatabaseMigration",
            service_token=function.function_arn,
            service_timeout=cdk.Duration.minutes(settings.timeout_minutes + 9),
            # The image's tag or digest, the release, and nothing that changes with anything else: a changed
            # property runs the migration.
            properties=MigrationRequest(
                version=task.container.image.reference,
                release=release,
                state_machine_arn=self.state_machine.state_machine_arn,
            ).to_properties(),
        )
        # The state machine starts the newest revision, so the new one must be there. So must the task's roles
        # and security group rules. All of that is made while the instances start.
        self.run.node.add_dependency(function, tell, task, cluster.capacity)

    def _function(self, task: ContainerTask, logs: Logs, *, starts: str) -> PythonFunction:
        """Make the function, which may start the state machine of that name."""
        stack = cdk.Stack.of(self)
        function = PythonFunction(
            self,
            "Request",
            package="migration",
            handler="handler.handle",
            description="Starts the database migration that CloudFormation asks for, and reports on it",
            timeout=cdk.Duration.minutes(1),
            talks_to="AWS APIs",
            failures="CloudFormation and the state machine wait for its answer, and report failures.",
            logs=logs,
        )
        task.log_group.grant(function, "logs:GetLogEvents")
        machine = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=starts,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        for statement in (
            # It asks whether an update is a rollback, for which no migration runs.
            iam.PolicyStatement(
                actions=["cloudformation:DescribeStacks"], resources=[stack.stack_id]
            ),
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine]),
        ):
            function.add_to_role_policy(statement)
        return function


def _steps(
    scope: Construct,
    *,
    cluster: ecs.ICluster,
    task: ContainerTask,
    settings: MigrationSettings,
    report: PythonFunction,
) -> sfn.IChainable:
    """Return the steps: run the task unless one runs, wait for its end, then report, whatever happened."""
    look = tasks.CallAwsService(
        scope,
        "LookForOthers",
        service="ecs",
        action="listTasks",
        parameters={"Cluster": cluster.cluster_name, "Family": task.definition.family},
        iam_resources=["*"],  # The role has the permission; it is narrower.
        result_path=OTHERS,
    )
    run = tasks.EcsRunTask(
        scope,
        "RunMigration",
        cluster=cluster,
        task_definition=task.definition,
        launch_target=tasks.EcsEc2LaunchTarget(
            capacity_provider_options=tasks.CapacityProviderOptions.default()
        ),
        security_groups=[task.security_group],
        subnets=APPLICATION,
        integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(settings.timeout_minutes)),
        result_path=f"$.{TASK}",
    )
    tell = tasks.LambdaInvoke(
        scope,
        "ReportOutcome",
        lambda_function=report,
        payload=sfn.TaskInput.from_object(
            ReportRequest(
                execution=sfn.JsonPath.entire_payload,
                container=task.container.name,
                log_group=task.log_group.log_group_name,
            ).to_properties()
        ),
        payload_response_only=True,
    )
    refuse = sfn.Pass(
        scope,
        "RefuseASecond",
        parameters={
            "Error": ALREADY_RUNS,
            "Cause": sfn.JsonPath.string_at(f"{OTHERS}.TaskArns[0]"),
        },
        result_path=f"$.{ERROR}",
    )
    for step, errors in ((look, ["States.ALL"]), (run, PASSING)):
        step.add_retry(errors=errors, interval=cdk.Duration.seconds(5), max_attempts=4)
        step.add_catch(tell, errors=["States.ALL"], result_path=f"$.{ERROR}")
    runs_already = sfn.Condition.is_present(f"{OTHERS}.TaskArns[0]")
    return look.next(
        sfn.Choice(scope, "DoesOneRun")
        .when(runs_already, refuse.next(tell))
        .otherwise(run.next(tell))
    )
