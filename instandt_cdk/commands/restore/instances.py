"""The instances of an environment: the one that runs, the restored one, and former ones."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.restore import kept
from instandt_cdk.progress import wait_until

TAG = "instandt:restoring"
"""The tag of a restored instance until the restore has ended: to when."""

RETIRED = "%Y%m%d%H%M%S"
"""How a former instance's name ends: when it ceased to be the environment's."""

SETTLED = ("available", "storage-optimization")
"""The states of an instance that can be changed. RDS optimizes an enlarged storage for hours, and refuses
only to change the storage again ("Increasing DB instance storage capacity", Amazon RDS User Guide)."""
BROKEN = ("failed", "inaccessible", "incompatible", "insufficient", "restore-error", "storage-full")
"""How the states of an instance begin that cannot be used ("Viewing Amazon RDS DB instance status", Amazon
RDS User Guide)."""

Instance = dict[str, Any]


class Instances:
    """What RDS has of an environment."""

    def __init__(self, environment: Deployed) -> None:
        self.name = environment.resource("Storage", "AWS::RDS::DBInstance")
        """Of the instance that runs: the template's."""
        self.spare = f"{self.name}-restored"
        """Of the restored instance until the names are swapped."""
        self.former = f"{self.name}-former-"
        """How the names of former instances begin."""
        self._own = re.compile(environment.settings.names.with_stack_id)
        self.rds = environment.client("rds")

    def find(self, name: str) -> Instance | None:
        """Return an instance, or None."""
        try:
            return dict(self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])
        except ClientError as error:
            if error.response["Error"].get("Code") != "DBInstanceNotFound":
                raise
            return None

    def running(self) -> Instance:
        """Return the instance that runs.

        Raises:
            CommandError: There is none.
        """
        if not (found := self.find(self.name)):
            raise CommandError(f"The instance {self.name} of the stack does not exist.")
        return found

    def settled(self, name: str) -> Instance | None:
        """Wait until nothing changes an instance any more; return it, or None when there is none.

        Raises:
            CommandError: It cannot be used.
        """
        found: list[Instance | None] = [None]

        def look() -> str | None:
            instance = found[0] = self.find(name)
            if instance is None:
                return None
            status = instance["DBInstanceStatus"]
            if status.startswith(BROKEN):
                raise CommandError(
                    f"{name} is {status}: see its events, `aws rds describe-events`."
                )
            return f"{name} is {status}" if status not in SETTLED else None

        wait_until(look)
        return found[0]

    def available(self, name: str) -> Instance:
        """Wait until an instance can be used, which may have to appear first.

        Raises:
            CommandError: It cannot be used.
        """
        wait_until(lambda: None if self.find(name) else f"{name} is not there yet")
        return self.settled(name) or self.available(name)

    def modify(self, name: str, **changes: object) -> None:
        """Change an instance at once."""
        self.rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **changes)

    def under_way(self) -> str | None:
        """Return to when a restore is under way, or None.

        Raises:
            CommandError: The name for a restored instance is taken by another.
        """
        if spare := self.find(self.spare):
            if not (text := restored_to(spare)):
                raise CommandError(
                    f"{self.spare} is in the way, and was not made by this command: rename it."
                )
            return text
        found = self.find(self.name)
        return restored_to(found) if found else None

    def formers(self) -> list[str]:
        """Return the names of former instances, the oldest first."""
        pages = self.rds.get_paginator("describe_db_instances").paginate()
        names = (one["DBInstanceIdentifier"] for page in pages for one in page["DBInstances"])
        return sorted(name for name in names if name.startswith(self.former))

    def retired(self) -> datetime:
        """Return when the latest former instance ceased to be the environment's."""
        ending = self.formers()[-1].removeprefix(self.former)
        return datetime.strptime(ending, RETIRED).replace(tzinfo=UTC)

    def source(self, time: datetime) -> str:
        """Return the name of the instance that was the environment's at a time."""
        for name in self.formers():
            if time.strftime(RETIRED) <= name.removeprefix(self.former):
                return name
        return self.name

    def window(self, name: str) -> tuple[datetime, datetime]:
        """Return between which times an instance can be restored.

        Raises:
            CommandError: There are no backups of it.
        """
        backups = self.rds.describe_db_instance_automated_backups(DBInstanceIdentifier=name)
        for backup in backups["DBInstanceAutomatedBackups"]:
            window = backup.get("RestoreWindow", {})
            if backup["DBInstanceIdentifier"] == name and "EarliestTime" in window:
                return window["EarliestTime"], window["LatestTime"]
        raise CommandError(f"RDS has no backup of {name} yet; it makes the first one by itself.")

    def snapshots(self) -> Iterator[Instance]:
        """Return the snapshots of the environment's instances."""
        return (one for one in self._snapshots() if self._own.match(one["DBInstanceIdentifier"]))

    def snapshot(self, name: str) -> Instance:
        """Return a snapshot, which may be a copy of another environment's.

        Raises:
            CommandError: There is none of that name.
        """
        # To ask for one by its name, one has to know whether it is automated (DescribeDBSnapshots, Amazon RDS
        # API Reference).
        for snapshot in self._snapshots():
            if snapshot["DBSnapshotIdentifier"] == name:
                return snapshot
        raise CommandError(f"There is no snapshot {name} in this account and region.")

    def check(self, snapshot: Instance) -> None:
        """Refuse a snapshot that cannot take over.

        Raises:
            CommandError: It is not ready, or not like the running instance.
        """
        name, running = snapshot["DBSnapshotIdentifier"], self.running()
        if snapshot["Status"] != "available":
            raise CommandError(f"The snapshot {name} is {snapshot['Status']}: wait.")
        for key in ("Engine", "MasterUsername"):
            if snapshot[key] != running[key]:
                raise CommandError(
                    f"The snapshot {name} cannot take over: its {key} is {snapshot[key]} instead of "
                    f"{running[key]}."
                )
        if kept.major(snapshot) != kept.major(running):
            raise CommandError(
                f"The snapshot {name} is of PostgreSQL {kept.major(snapshot)}, but PostgreSQL "
                f"{kept.major(running)} runs, whose settings it cannot have. Restore it into an instance of "
                "your own making."
            )
        if snapshot.get("KmsKeyId") != running.get("KmsKeyId"):
            raise CommandError(
                f"The snapshot {name} has another key than {self.name}. Copy it with `aws rds "
                f"copy-db-snapshot --kms-key-id {running.get('KmsKeyId')}`, and restore the copy."
            )

    def _snapshots(self) -> Iterator[Instance]:
        """All snapshots of the account in the region."""
        for page in self.rds.get_paginator("describe_db_snapshots").paginate():
            yield from page["DBSnapshots"]


def restored_to(instance: Instance) -> str | None:
    """Return to when an instance was restored, as long as the restore has not ended."""
    return next((tag["Value"] for tag in instance["TagList"] if tag["Key"] == TAG), None)
