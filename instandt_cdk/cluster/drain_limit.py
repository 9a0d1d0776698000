"""An instance that is to end does so within a bounded time."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations import Operations

LEAVING = "EC2 Instance-terminate Lifecycle Action"
"""The event that an instance waits to be terminated ("Amazon EC2 Auto Scaling event reference")."""

WAITING = "Terminating:Wait"
"""The state of an instance that still waits ("Amazon EC2 Auto Scaling instance lifecycle")."""

NO_ARN = "Log delivery, X-Ray and the state of single instances have no ARN."


class DrainLimit(Construct):
    """Ends an instance that ECS has been draining for too long.

    ECS waits for up to 48 hours until the tasks of an instance have ended elsewhere, and has no setting for
    it (aws/containers-roadmap#2467). An instance whose tasks find no other place would stay that long.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        group: autoscaling.IAutoScalingGroup,
        limit: cdk.Duration,
        operations: Operations,
    ) -> None:
        """Watch the instances of a group.

        Args:
            scope: Its parent.
            construct_id: Its id.
            group: The group that the instances belong to.
            limit: How long one may drain.
            operations: How it is logged and watched.
        """
        super().__init__(scope, construct_id)
        machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="Ends an instance of the cluster that has been draining for too long",
            definition_body=sfn.DefinitionBody.from_chainable(_steps(self, group, limit)),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=operations.logs.group(self, "Log"), level=sfn.LogLevel.ALL
            ),
        )
        accept(machine, {"IAM5[Resource::*]": NO_ARN})
        accept(
            machine, {f"IAM5[Resource::{_arn(group, shown=True)}]": "A group's id is in its ARN."}
        )
        events.Rule(
            self,
            "Leaving",
            description="An instance of the cluster is about to be terminated",
            event_pattern=events.EventPattern(
                source=["aws.autoscaling"],
                detail_type=[LEAVING],
                detail={"AutoScalingGroupName": [group.auto_scaling_group_name]},
            ),
            targets=[targets.SfnStateMachine(machine)],
        )
        operations.watch_function(
            self,
            what="drain-limit",
            task="end an instance that drains for too long",
            errors=machine.metric_failed(period=cdk.Duration.hours(1)),
        )


def _steps(
    scope: Construct, group: autoscaling.IAutoScalingGroup, limit: cdk.Duration
) -> sfn.IChainable:
    """Return the steps: wait, look whether the instance still waits, and let it end then."""
    instance = sfn.JsonPath.string_at("$.detail.EC2InstanceId")
    look = tasks.CallAwsService(
        scope,
        "LookWhetherItWaits",
        service="autoscaling",
        action="describeAutoScalingInstances",
        parameters={"InstanceIds": sfn.JsonPath.array(instance)},
        iam_resources=["*"],
        result_path="$.found",
    )
    end = tasks.CallAwsService(
        scope,
        "EndIt",
        service="autoscaling",
        action="completeLifecycleAction",
        parameters={
            "AutoScalingGroupName": group.auto_scaling_group_name,
            "LifecycleHookName": sfn.JsonPath.string_at("$.detail.LifecycleHookName"),
            "InstanceId": instance,
            "LifecycleActionResult": "CONTINUE",
        },
        iam_resources=[_arn(group)],
    )
    state = "$.found.AutoScalingInstances[0].LifecycleState"
    waits = sfn.Condition.and_(
        sfn.Condition.is_present(state), sfn.Condition.string_equals(state, WAITING)
    )
    return (
        sfn.Wait(scope, "LetItDrain", time=sfn.WaitTime.duration(limit))
        .next(look)
        .next(
            sfn.Choice(scope, "DoesItWait")
            .when(waits, end)
            .otherwise(sfn.Succeed(scope, "HasLeft"))
        )
    )


def _arn(group: autoscaling.IAutoScalingGroup, *, shown: bool = False) -> str:
    """The group's ARN, without the id in it; or as findings show it."""
    stack = cdk.Stack.of(group)
    name = group.auto_scaling_group_name
    if shown:
        name = f"<{stack.get_logical_id(group.node.default_child)}>"  # type: ignore[arg-type]
    return stack.format_arn(
        service="autoscaling",
        resource="autoScalingGroup",
        resource_name=f"*:autoScalingGroupName/{name}",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
