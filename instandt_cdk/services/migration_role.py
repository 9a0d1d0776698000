"""What the state machine of the migration may do."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.services.container_task import ContainerTask

LOGGING = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
""" "Using CloudWatch Logs to log execution history in Step Functions", AWS Step Functions Developer Guide."""

TRACING = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
""" "Trace Step Functions request data in AWS X-Ray", AWS Step Functions Developer Guide."""


def migration_role(scope: Construct, *, cluster: ecs.ICluster, task: ContainerTask) -> iam.Role:
    """Return a role that runs one task on one cluster.

    The library's own role may stop every task of the account, and run only the newest revision of the task:
    IAM is eventually consistent, so after a release it may not yet allow the revision that is to run.

    Source: "Run Amazon ECS or Fargate tasks with Step Functions", AWS Step Functions Developer Guide.
    """
    stack = cdk.Stack.of(scope)
    machines = stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name="*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    role = iam.Role(
        scope,
        "StateMachineRole",
        description="The state machine that runs instaNDT's database migration",
        assumed_by=iam.ServicePrincipal(
            "states.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": machines},
            },
        ),
    )
    revisions = stack.format_arn(
        service="ecs", resource="task-definition", resource_name=f"{task.definition.family}:*"
    )
    tasks = stack.format_arn(
        service="ecs", resource="task", resource_name=f"{cluster.cluster_name}/*"
    )
    rule = stack.format_arn(
        service="events",
        resource="rule",
        resource_name="StepFunctionsGetEventsForECSTaskRule",
    )
    execution_role = task.definition.obtain_execution_role()
    for statement in (
        iam.PolicyStatement(
            actions=["ecs:RunTask"],
            resources=[revisions],
            conditions={"ArnEquals": {"ecs:cluster": cluster.cluster_arn}},
        ),
        iam.PolicyStatement(actions=["ecs:DescribeTasks", "ecs:StopTask"], resources=[tasks]),
        iam.PolicyStatement(
            actions=["ecs:ListTasks"],
            resources=["*"],
            conditions={"ArnEquals": {"ecs:cluster": cluster.cluster_arn}},
        ),
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[task.role.role_arn, execution_role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        # Step Functions hears through this rule that the task has ended.
        iam.PolicyStatement(
            actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            resources=[rule],
        ),
        iam.PolicyStatement(actions=[*LOGGING, *TRACING], resources=["*"]),
    ):
        role.add_to_policy(statement)
    accept(
        role,
        {
            "IAM5[Resource::*]": "Delivering logs and traces has no resource level. Nor has listing the "
            "tasks of a cluster; its condition names the cluster.",
            f"IAM5[Resource::{revisions}]": "The newest revision of this one task.",
            f"IAM5[Resource::arn:{stack.partition}:ecs:{stack.region}:{stack.account}:task/"
            f"{cluster.cluster_name}/*]": "A task gets its id when it starts on this cluster.",
        },
    )
    return role
