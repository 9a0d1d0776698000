"""What happens, and wakes nobody."""

from tests.alarms.cloudwatch import Series
from tests.alarms.faults import DAY, Fault, backup, rds
from tests.alarms.published import GIB


def _first(minutes: int, value: float, then: float) -> Series:
    return lambda minute: value if 0 <= minute < minutes else then


HARMLESS = (
    Fault(what="a day like any other", minutes=DAY),
    Fault(
        what="at night two of three requests fail",
        series={
            ("Requests", ""): lambda minute: 3.0 if minute % 10 == 0 else None,
            ("5xxErrorRate", ""): lambda minute: 66.7 if minute % 10 == 0 else None,
        },
    ),
    Fault(
        what="nobody comes",
        series={(name, ""): None for name in ("Requests", "5xxErrorRate", "BlockedRequests")}
        | {(name, "Frontend"): None for name in ("RequestCount", "TargetResponseTime")},
    ),
    Fault(
        what="requests fail for four minutes", series={("5xxErrorRate", ""): _first(4, 100.0, 0.1)}
    ),
    Fault(
        what="at night one page is slow",
        series={("RequestCount", "Frontend"): 1.0, ("TargetResponseTime", "Frontend"): 9.0},
    ),
    Fault(what="large uploads take minutes", series={("TargetResponseTime", "Backend"): 300.0}),
    Fault(
        what="a deployment: new copies become healthy after minutes, on new instances",
        series={
            ("CapacityProviderReservation", ""): _first(9, 200.0, 100.0),
            ("UnHealthyHostCount", "Backend"): _first(4, 1.0, 0.0),
            ("RunningTaskCount", "Backend"): _first(9, 3.0, 2.0),
        },
    ),
    Fault(
        what="under load there are to be more copies, which start within minutes",
        series={
            ("DesiredTaskCount", "Backend"): 4.0,
            ("RunningTaskCount", "Backend"): _first(7, 2.0, 4.0),
        },
    ),
    Fault(
        what="RDS makes the storage grow",
        series={("FreeStorageSpace", ""): _first(8, 4.5 * GIB, 14 * GIB)},
    ),
    Fault(
        what="RDS will make the storage grow later, and says that nobody has to act",
        event=rds("RDS-EVENT-0220", "failure"),
    ),
    Fault(what="the nightly backup", series={("CPUUtilization", ""): _first(9, 99.0, 20.0)}),
    Fault(what="a backup was made", event=rds("RDS-EVENT-0002", "backup")),
    Fault(what="AWS Backup has made one", event=backup("COMPLETED")),
    Fault(what="AWS Backup has copied one", event=backup("COMPLETED", job="Copy")),
    Fault(
        what="the database of somebody else fails over",
        event=rds("RDS-EVENT-0013", "failover", "arn:aws:rds:eu-central-1:222222222222:db:other"),
    ),
    Fault(
        what="the backup of something else fails",
        event=backup("FAILED", "arn:aws:rds:eu-central-1:222222222222:db:other"),
    ),
    Fault(
        what="a scanner looks for holes",
        series={("BlockedRequests", ""): lambda minute: 90.0 if minute % 5 == 0 else None},
    ),
)
