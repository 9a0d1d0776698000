"""The alarms of the database."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_rds as rds
from constructs import Construct

from instandt_cdk.operations import Advice, Operations
from instandt_cdk.settings import DatabaseSettings

FIVE_MINUTES = Duration.minutes(5)
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD

LEAST_FREE_STORAGE = 0.05
"""Of the storage to begin with. RDS makes it grow when less than 10 % are free for five minutes, but not
within six hours after it has grown ("Managing capacity automatically", Amazon RDS User Guide)."""

MOST_CONNECTIONS = 0.7
"""Of the connections that the class's nominal memory allows: about 80 % of what PostgreSQL accepts, because
RDS's own processes take some of that memory."""

MOST_CPU_PERCENT = 90

LEAST_FREE_MEMORY = 0.05
"""Of the class's memory. PostgreSQL leaves the rest to the cache of its files, which counts as free."""

FAILURES = (
    "RDS-EVENT-0007",  # the storage is used up
    "RDS-EVENT-0031",  # failed: restore it
    "RDS-EVENT-0035",  # does not start, because of its parameters
    "RDS-EVENT-0036",  # its network does not fit
    "RDS-EVENT-0221",  # shut down, because the storage is full
    "RDS-EVENT-0222",  # will be shut down, because the storage is nearly full
    "RDS-EVENT-0223",  # the storage cannot grow
    "RDS-EVENT-0224",  # the storage cannot grow, because of its maximum
    "RDS-EVENT-0254",  # the storage cannot grow, because of the account's quota
)
"""Events that need somebody ("Amazon RDS event categories and event messages", Amazon RDS User Guide). Others
of the same categories tell of what RDS tries again by itself."""


def watch_figures(
    scope: Construct,
    *,
    instance: rds.DatabaseInstance,
    settings: DatabaseSettings,
    operations: Operations,
) -> None:
    """Tell the operator when the database runs short of something.

    RDS publishes its metrics each minute, while the instance runs. Without data it restarts or fails over,
    which has an alarm of its own.
    """
    operations.watch(
        scope,
        "DatabaseStorageLow",
        _advice(
            "storage",
            "The database's storage is nearly used up and did not grow in time; a database without storage "
            "stops.",
            "Raise database.maximum_storage_gib in the settings and deploy, and look what fills the "
            "database.",
        ),
        metric=instance.metric_free_storage_space(statistic="Minimum", period=FIVE_MINUTES),
        comparison=BELOW,
        threshold=round(settings.storage_gib * 1024**3 * LEAST_FREE_STORAGE),
        periods=3,
    )
    operations.watch(
        scope,
        "DatabaseConnectionsHigh",
        _advice(
            "connections",
            "The database has nearly as many connections as it accepts, and refuses more then.",
            "Look who keeps them open, as the guide shows; lower backend.maximum_count, or choose a larger "
            "database.instance_class.",
        ),
        metric=instance.metric_database_connections(period=FIVE_MINUTES),
        threshold=round(settings.maximum_connections * MOST_CONNECTIONS),
        periods=3,
    )
    operations.watch(
        scope,
        "DatabaseCpuHigh",
        _advice(
            "cpu",
            "The database has been busy for a quarter of an hour, and pages become slow.",
            "Look for the queries that take longest, as the guide shows; if there is just more to do, choose "
            "a larger database.instance_class.",
        ),
        metric=instance.metric_cpu_utilization(period=FIVE_MINUTES),
        threshold=MOST_CPU_PERCENT,
        periods=3,
    )
    operations.watch(
        scope,
        "DatabaseMemoryLow",
        _advice(
            "memory",
            "The database has hardly any memory left, and may be restarted when there is none.",
            "Look how many connections it has, because each takes memory; otherwise choose a larger "
            "database.instance_class.",
        ),
        metric=instance.metric_freeable_memory(period=FIVE_MINUTES),
        comparison=BELOW,
        threshold=round(settings.memory_bytes * LEAST_FREE_MEMORY),
        periods=3,
    )


def watch_events(
    scope: Construct, *, instance: rds.DatabaseInstance, operations: Operations
) -> None:
    """Tell the operator when the database fails, or fails over."""
    operations.watch_events(
        scope,
        "FailedOver",
        _advice(
            "failover",
            "The database has moved to its standby in another zone; requests failed for a minute or two.",
            "Look at the site, and read why it happened with `aws rds describe-events`.",
        ),
        pattern=_events_of(instance, {"EventCategories": ["failover"]}),
    )
    operations.watch_events(
        scope,
        "Failing",
        _advice(
            "failing",
            "RDS reports that the database has failed, or that its storage cannot grow any more.",
            "Read what it says with `aws rds describe-events`, and follow the guide for that event.",
        ),
        pattern=_events_of(instance, {"EventID": list(FAILURES)}),
    )


def _advice(what: str, meaning: str, remedy: str) -> Advice:
    name = f"database-{what}"
    return Advice(alarm=name, section=name, meaning=meaning, remedy=remedy)


def _events_of(instance: rds.DatabaseInstance, detail: dict[str, list[str]]) -> events.EventPattern:
    """RDS's events about the instance ("Tutorial: Log DB instance state changes", Amazon RDS User Guide)."""
    return events.EventPattern(
        source=["aws.rds"],
        detail_type=["RDS DB Instance Event"],
        resources=[instance.instance_arn],
        detail=detail,
    )
