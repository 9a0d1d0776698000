"""What goes wrong, what AWS publishes then, and which alarm is to go off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.alarms.cloudwatch import Point, Series
from tests.alarms.published import GIB, HALF_A_DAY, every_half_day

DAY = 24 * 60

Change = Point | Series


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that happens from minute 0 on."""

    what: str
    series: Mapping[tuple[str, str], Change] = field(default_factory=dict)
    """What metrics show instead: by their name, and a part of one of their dimensions' values."""
    event: tuple[str, str, Mapping[str, Any]] | None = None
    """An event: its source, its type and its detail. "{database}" in it stands for the database's ARN."""
    alarm: str = ""
    """The alarm that goes off, without the environment's name; none for what is no fault."""
    minutes: int = 60


def rds(event_id: str, category: str, about: str = "{database}") -> tuple[str, str, dict[str, Any]]:
    """An example is in "Tutorial: Log DB instance state changes using Amazon EventBridge", RDS User Guide."""
    detail = {"EventCategories": [category], "EventID": event_id, "SourceArn": about}
    return "aws.rds", "RDS DB Instance Event", {**detail, "SourceType": "DB_INSTANCE"}


def backup(
    state: str, of: str = "{database}", job: str = "Backup"
) -> tuple[str, str, dict[str, Any]]:
    """Examples are in "Monitoring AWS Backup events using Amazon EventBridge", Developer Guide."""
    detail = {"resourceArn": of, "resourceType": "RDS", "state": state}
    return "aws.backup", f"{job} Job State Change", {f"{job.lower()}JobId": "0123", **detail}


def days_left(at_first: int) -> Series:
    """A certificate that nobody renews. ACM publishes nothing when it has expired."""

    def left(minute: int) -> Point:
        days = at_first - minute // DAY
        return float(days) if days >= 0 and minute % HALF_A_DAY == 0 else None

    return left


FAULTS = (
    Fault(
        what="CloudFront cannot reach the load balancer, and answers 502 to everybody",
        series={("5xxErrorRate", ""): 100.0},
        alarm="site-errors",
    ),
    Fault(
        what="each tenth request fails in the backend",
        series={("5xxErrorRate", ""): 10.0},
        alarm="site-errors",
    ),
    Fault(
        what="pages wait for a slow query",
        series={("TargetResponseTime", "Frontend"): 8.0},
        alarm="latency",
    ),
    Fault(
        what="a copy of the frontend hangs, and so do those that replace it",
        # Each is unhealthy for some minutes, until ECS has replaced it.
        series={
            ("UnHealthyHostCount", "Frontend"): lambda minute: float(minute % 5 > 0),
            ("HealthyHostCount", "Frontend"): 1.0,
        },
        alarm="unhealthy-targets-frontend",
    ),
    Fault(
        what="the backend's health path answers with another status than configured",
        series={("UnHealthyHostCount", "Backend"): 2.0, ("HealthyHostCount", "Backend"): 0.0},
        alarm="unhealthy-targets-backend",
    ),
    Fault(
        what="a copy of the backend ends as soon as it starts, again and again",
        series={("RunningTaskCount", "Backend"): lambda minute: 2.0 if minute % 3 == 0 else 1.0},
        alarm="tasks-missing-backend",
    ),
    Fault(
        what="the frontend's image cannot be pulled any more",
        series={("RunningTaskCount", "Frontend"): 1.0},
        alarm="tasks-missing-frontend",
    ),
    Fault(
        what="AWS has no instance of that type left, and a copy of the backend finds no room",
        series={
            ("CapacityProviderReservation", ""): 150.0,
            ("RunningTaskCount", "Backend"): 1.0,
        },
        alarm="no-capacity",
    ),
    Fault(
        what="somebody has suspended the replacement of instances",
        series={("OldestHostDays", ""): lambda minute: every_half_day(13 + minute / DAY)(minute)},
        alarm="host-too-old",
        minutes=6 * DAY,
    ),
    Fault(
        what="an import fills the database faster than RDS may make its storage grow",
        series={("FreeStorageSpace", ""): lambda minute: max(6 * GIB - 0.1 * GIB * minute, 0.0)},
        alarm="database-storage",
        minutes=120,
    ),
    Fault(
        what="the backend does not give connections back",
        series={("DatabaseConnections", ""): lambda minute: 40.0 + 10 * max(minute, 0)},
        alarm="database-connections",
        minutes=120,
    ),
    Fault(
        what="a query reads the whole database again and again",
        series={("CPUUtilization", ""): 98.0},
        alarm="database-cpu",
    ),
    Fault(
        what="sorting takes all memory of the database",
        series={("FreeableMemory", ""): 0.1 * GIB},
        alarm="database-memory",
    ),
    Fault(
        what="the zone of the database fails",
        event=rds("RDS-EVENT-0013", "failover"),
        alarm="database-failover",
    ),
    Fault(
        what="the database's storage has reached its maximum",
        event=rds("RDS-EVENT-0224", "failure"),
        alarm="database-failing",
    ),
    Fault(
        what="the database's storage is lost",
        event=rds("RDS-EVENT-0031", "failure"),
        alarm="database-failing",
    ),
    Fault(
        what="somebody has disabled the schedule of renewals",
        series={("DaysToExpiry", "Certificate"): days_left(12)},
        alarm="certificate-expiry-load-balancer",
        minutes=16 * DAY,
    ),
    Fault(
        what="the record that validates the site's certificate is gone",
        series={("DaysToExpiry", "ViewerCertificate"): days_left(31)},
        alarm="certificate-expiry-site",
        minutes=4 * DAY,
    ),
    Fault(
        what="the certificate authority refuses the domain",
        series={("Errors", "CertificateFunction"): every_half_day(1)},
        alarm="certificate-renewal",
    ),
    Fault(
        what="the token of the image registry has expired",
        series={("Errors", "PreflightFunction"): every_half_day(1)},
        alarm="registry-token",
    ),
    Fault(
        what="AWS Backup may not use the key",
        event=backup("FAILED"),
        alarm="backup-failed",
    ),
    Fault(
        what="RDS was busy for so long that the backup did not begin",
        event=backup("EXPIRED"),
        alarm="backup-failed",
    ),
    Fault(
        what="the other region's vault refuses the copy of a backup",
        event=backup("FAILED", job="Copy"),
        alarm="backup-failed",
    ),
    Fault(
        what="the bucket of the copy has been deleted",
        series={("OperationsFailedReplication", ""): 3.0},
        alarm="replication-failing",
    ),
    Fault(
        what="one machine floods the site",
        series={("BlockedRequests", ""): 400.0},
        alarm="waf-blocks",
    ),
    Fault(
        what="the new login cannot be tried, and the rotation stops",
        series={("Errors", "DatabaseLoginsFunction"): every_half_day(1)},
        alarm="login-rotation",
    ),
    Fault(
        what="an instance cannot be told to end",
        series={("ExecutionsFailed", "ClusterDrainLimit"): every_half_day(1)},
        alarm="functions-failing-drain-limit",
    ),
    Fault(
        what="the function that measures the age of the hosts lacks a permission",
        series={("Errors", "HostAge"): every_half_day(1)},
        alarm="functions-failing-host-age",
    ),
)
