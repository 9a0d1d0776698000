"""The alarms by which ECS recognizes a version that was healthy and is not any more."""

from collections.abc import Mapping
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from instandt_cdk.compliance import accept

MINUTE = Duration.minutes(1)
"""The load balancer publishes its metrics once a minute."""

EVALUATED_MINUTES = 5
"""After the last old task has ended, ECS watches the alarms for as long as they look back, and a deployment
takes that much longer. ECS calculates the time; it cannot be set."""

ERROR_MINUTES = 2
ERROR_PERCENT = 20
FEWEST_ERRORS = 3
"""In a minute. At night, a single error may be all that there is."""

DEAD_MINUTES = 3
"""Longer than a copy of a first deployment may take until it is healthy."""
FEWEST_HEALTHY = 0.5
"""On the average: a version that starts and crashes again and again is healthy for some moments."""


def watch_deployments(
    scope: Construct,
    service: ecs.Ec2Service,
    *,
    balancer: str,
    target_group: elb.ApplicationTargetGroup,
) -> None:
    """Make the alarms for which ECS takes a deployment of a service back.

    A version may pass its health checks and answer requests with errors, or hang or crash later. ECS looks at
    the alarms from the first new task on. It leaves them out if one is on before that, so a version can be
    deployed that mends what is wrong. Nothing else acts on them.

    Sources: "How CloudWatch alarms detect Amazon ECS deployment failures", Amazon ECS Developer Guide;
    aws/copilot-cli#4294 (the time is the longest evaluation); "CloudWatch metrics for your Application Load
    Balancer", User Guide for Application Load Balancers.

    Args:
        scope: The alarms' parent.
        service: The service.
        balancer: The load balancer's full name, as its metrics bear it.
        target_group: The service's.
    """
    targets = {"LoadBalancer": balancer, "TargetGroup": target_group.target_group_full_name}
    errors = cloudwatch.Alarm(
        scope,
        "Failing",
        alarm_description=f"More than {ERROR_PERCENT} % of the requests end in errors of the server. While a "
        "version is deployed, ECS goes back to the one before.",
        metric=cloudwatch.MathExpression(
            expression=f"IF(errors >= {FEWEST_ERRORS}, 100 * errors / requests, 0)",
            label="failed requests in percent",
            period=MINUTE,
            using_metrics={
                "errors": _metric("HTTPCode_Target_5XX_Count", targets, "Sum"),
                "requests": _metric("RequestCount", targets, "Sum"),
            },
        ),
        threshold=ERROR_PERCENT,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=EVALUATED_MINUTES,
        datapoints_to_alarm=ERROR_MINUTES,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    dead = cloudwatch.Alarm(
        scope,
        "Dead",
        alarm_description="No copy is healthy. While a version is deployed, ECS goes back to the one before.",
        metric=_metric("HealthyHostCount", targets, "Average"),
        threshold=FEWEST_HEALTHY,
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluation_periods=EVALUATED_MINUTES,
        datapoints_to_alarm=DEAD_MINUTES,
        # Without targets there is no metric: a service that is about to start its first copy is not dead.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    for alarm in (errors, dead):
        accept(
            alarm,
            {
                "CloudWatchAlarmAction": "ECS reads it during deployments; operators have other alarms."
            },
        )
    # The library's own way warns of a circle each time: it does not see that the alarms are of the targets.
    configured = cast("ecs.CfnService", service.node.default_child)
    configured.add_property_override(
        "DeploymentConfiguration.Alarms",
        {"AlarmNames": [errors.alarm_name, dead.alarm_name], "Enable": True, "Rollback": True},
    )


def _metric(name: str, targets: Mapping[str, str], statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ApplicationELB",
        metric_name=name,
        dimensions_map=dict(targets),
        statistic=statistic,
        period=MINUTE,
    )
