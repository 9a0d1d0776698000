"""The alarms of a service: its targets, its tasks, its latency."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from instandt_cdk.cluster.ec2_cluster import Ec2Cluster
from instandt_cdk.contract import Need
from instandt_cdk.operations import Advice, Operations
from instandt_cdk.services.web_service import WebService

MINUTE, FIVE_MINUTES = Duration.minutes(1), Duration.minutes(5)

SLOW_SECONDS = 3
MISSING_COPIES = 0.5
"""On the average: a program that starts and fails again and again is missing half of the time."""

FEWEST_PAGES = 20
"""In five minutes. Of fewer, a single slow one would be too large a part."""


def watch_service(service: WebService, *, cluster: Ec2Cluster, operations: Operations) -> None:
    """Watch a service's targets and tasks, and the latency where no upload makes requests long."""
    name = service.container.name
    targets = {
        "LoadBalancer": service.balancer,
        "TargetGroup": service.target_group.target_group_full_name,
    }
    _watch_targets(service, service=name, targets=targets, operations=operations)
    _watch_tasks(
        service,
        service=name,
        of_service={
            "ClusterName": cluster.cluster.cluster_name,
            "ServiceName": service.service.service_name,
        },
        capacity=cluster.reservation,
        operations=operations,
    )
    if Need.MEDIA not in service.container.needs:
        _watch_latency(service, targets=targets, operations=operations)


def _watch_targets(
    scope: Construct, *, service: str, targets: dict[str, str], operations: Operations
) -> None:
    """Tell the operator when the load balancer finds copies of a service unhealthy.

    A copy that starts is not counted before its first health checks, and ECS replaces one that fails them,
    which takes minutes. So one bad copy now and then is no alarm ("CloudWatch metrics for your Application
    Load Balancer", User Guide for Application Load Balancers).
    """
    operations.watch(
        scope,
        "Unhealthy",
        Advice(
            alarm=f"unhealthy-targets-{service}",
            section="unhealthy-targets",
            meaning=f"The load balancer has found copies of the {service} unhealthy for ten minutes, and "
            "sends them no requests.",
            remedy=f"Read the {service}'s log; if a container works in spite of that, correct health_path "
            f"and health_codes of [{service}].",
        ),
        metric=_of_balancer("UnHealthyHostCount", targets, "Maximum", MINUTE),
        threshold=1,
        periods=10,
        of=15,
    )


def _watch_tasks(
    scope: Construct,
    *,
    service: str,
    of_service: dict[str, str],
    capacity: cloudwatch.IMetric,
    operations: Operations,
) -> None:
    """Tell the operator when fewer copies run than should, though there is room for them.

    Container Insights counts each minute, while the service exists ("Amazon ECS Container Insights metrics",
    Amazon CloudWatch User Guide).
    """
    operations.watch(
        scope,
        "TasksMissing",
        Advice(
            alarm=f"tasks-missing-{service}",
            section="tasks-missing",
            meaning=f"For a quarter of an hour, fewer copies of the {service} have run than should, though "
            "there is room for them.",
            remedy="Look why its last tasks stopped, as the guide shows: the image, a secret, or the program "
            "itself.",
        ),
        metric=cloudwatch.MathExpression(
            expression="IF(capacity > 100, 0, desired - running)",
            label="missing copies",
            period=FIVE_MINUTES,
            using_metrics={
                "capacity": capacity,
                "desired": _of_insights("DesiredTaskCount", of_service),
                "running": _of_insights("RunningTaskCount", of_service),
            },
        ),
        threshold=MISSING_COPIES,
        periods=3,
    )


def _watch_latency(scope: Construct, *, targets: dict[str, str], operations: Operations) -> None:
    """Tell the operator when pages are slow.

    Only pages: an upload to the backend takes as long as the user's line needs.
    """
    operations.watch(
        scope,
        "Slow",
        Advice(
            alarm="latency",
            section="latency",
            meaning=f"For a quarter of an hour, every tenth page has taken longer than {SLOW_SECONDS} "
            "seconds.",
            remedy="Look at the dashboard whether the database or the tasks are busy; if neither is, read "
            "the backend's log for what it waits for.",
        ),
        metric=cloudwatch.MathExpression(
            expression=f"IF(requests >= {FEWEST_PAGES}, seconds, 0)",
            label="seconds for the slowest tenth",
            period=FIVE_MINUTES,
            using_metrics={
                "requests": _of_balancer("RequestCount", targets, "Sum", FIVE_MINUTES),
                "seconds": _of_balancer("TargetResponseTime", targets, "p90", FIVE_MINUTES),
            },
        ),
        threshold=SLOW_SECONDS,
        periods=3,
    )


def _of_balancer(
    name: str, targets: dict[str, str], statistic: str, period: Duration
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ApplicationELB",
        metric_name=name,
        dimensions_map=targets,
        statistic=statistic,
        period=period,
    )


def _of_insights(name: str, of_service: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="ECS/ContainerInsights",
        metric_name=name,
        dimensions_map=of_service,
        statistic="Average",
        period=FIVE_MINUTES,
    )
