"""Whether the instances are replaced in time, which is how they are patched."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from host_age.metric import ENVIRONMENT, GROUPS, NAME, NAMESPACE
from instandt_cdk.compliance import accept
from instandt_cdk.operations import Advice, Operations
from instandt_cdk.shared.python_function import PythonFunction

INTERVAL = cdk.Duration.hours(12)

LATE_DAYS = 2
"""Auto Scaling replaces one instance after the other, and each drains first."""


class HostAge(Construct):
    """A function that measures the age of the oldest instance, and its alarm.

    Auto Scaling's events tell of replacements that failed, but not of those that it does not begin, because
    somebody has suspended a process or protected an instance.
    """

    metric: cloudwatch.Metric

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        groups: Sequence[autoscaling.IAutoScalingGroup],
        environment: str,
        days: int,
        operations: Operations,
    ) -> None:
        """Watch instances.

        Args:
            scope: Its parent.
            construct_id: Its id.
            groups: What the instances belong to.
            environment: The metric's only dimension.
            days: The oldest that an instance may become.
            operations: How the function is logged and watched.
        """
        super().__init__(scope, construct_id)
        function = PythonFunction(
            self,
            "Function",
            package="host_age",
            handler="handler.handle",
            description="Measures how old the oldest instance is",
            timeout=cdk.Duration.minutes(1),
            talks_to="AWS APIs",
            failures="The schedule sends its event again after twelve hours, and an alarm tells of errors.",
            logs=operations.logs,
        )
        _let_measure(function)
        names = [group.auto_scaling_group_name for group in groups]
        events.Rule(
            self,
            "Schedule",
            description="Measures how old the oldest instance is",
            schedule=events.Schedule.rate(INTERVAL),
            targets=[
                targets.LambdaFunction(
                    function,
                    event=events.RuleTargetInput.from_object(
                        {GROUPS: names, ENVIRONMENT: environment}
                    ),
                )
            ],
        )
        self.metric = cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=NAME,
            dimensions_map={ENVIRONMENT: environment},
            statistic="Maximum",
            period=cdk.Duration.days(1),
        )
        operations.watch_function(
            self,
            what="host-age",
            task="notice instances that are not replaced",
            errors=function.metric_errors(period=cdk.Duration.hours(1)),
        )
        operations.watch(
            self,
            "TooOld",
            Advice(
                alarm="host-too-old",
                section="host-too-old",
                meaning=f"An instance is {LATE_DAYS} days older than cluster.instance_days = {days} allows, "
                "and so is not patched.",
                remedy="Look in the auto scaling groups' activities why it was not replaced, as the guide "
                "shows, and end it by hand.",
            ),
            metric=self.metric,
            threshold=days + LATE_DAYS,
            missing=cloudwatch.TreatMissingData.IGNORE,
        )


def _let_measure(function: PythonFunction) -> None:
    """Let the function look at instances, and publish metrics of instaNDT's own."""
    function.add_to_role_policy(
        iam.PolicyStatement(actions=["ec2:DescribeInstances"], resources=["*"])
    )
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        )
    )
    accept(
        function.own_role,
        {
            "IAM5[Resource::*]": "Neither looking at instances nor publishing metrics has a resource level; "
            "a condition names the metrics' namespace."
        },
    )
