"""To when a restore goes: a time, or a snapshot."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from instandt_cdk.commands.deployed import CommandError
from instandt_cdk.commands.restore.instances import Instances

LISTED_SNAPSHOTS = 10


@dataclass(frozen=True, kw_only=True)
class Target:
    """A moment of the past."""

    time: datetime
    """Of the media, and of the database if there is no snapshot."""
    snapshot: str | None = None


def understood(text: str, instances: Instances) -> Target:
    """Return what the operator means.

    Raises:
        CommandError: It is neither a time of the past with its zone nor a snapshot.
    """
    if (
        text[0].isdecimal()
    ):  # The name of a snapshot begins with a letter (CreateDBSnapshot, RDS API Reference).
        return Target(time=_time(text))
    snapshot = instances.snapshot(text)
    return Target(time=_taken(snapshot), snapshot=text)


def offered(instances: Instances) -> str:
    """The times and the newest snapshots that can be restored."""
    earliest, latest = instances.window(instances.name)
    snapshots = sorted(instances.snapshots(), key=_taken, reverse=True)[:LISTED_SNAPSHOTS]
    lines = [
        f"  TO=TIME      from {earliest:%Y-%m-%dT%H:%M:%SZ} to {latest:%Y-%m-%dT%H:%M:%SZ}",
        *(
            f"  TO={one['DBSnapshotIdentifier']}  of {_taken(one):%Y-%m-%dT%H:%M:%SZ}"
            for one in snapshots
        ),
    ]
    return "\n".join(lines)


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{text} is no time. Write it as in RFC 3339, such as 2026-11-21T09:30:00Z."
        ) from None
    if time.tzinfo is None:
        raise CommandError(
            f"{text} names no time zone. Add Z for UTC, or an offset such as +01:00."
        )
    # RDS restores to a second (RestoreDBInstanceToPointInTime, Amazon RDS API Reference).
    time = time.astimezone(UTC).replace(microsecond=0)
    if time > datetime.now(UTC):
        raise CommandError(f"{text} is in the future.")
    return time


def _taken(snapshot: dict[str, Any]) -> datetime:
    """When the data of a snapshot were current. A copy of it has a later time of its own."""
    time: datetime = snapshot.get("SnapshotDatabaseTime") or snapshot["OriginalSnapshotCreateTime"]
    return time.astimezone(UTC)
