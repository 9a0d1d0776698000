"""How a restored instance takes over from the one that runs. Each step may be repeated."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from instandt_cdk.commands.deployed import CommandError
from instandt_cdk.commands.restore import kept
from instandt_cdk.commands.restore.instances import RETIRED, TAG, Instances, restored_to
from instandt_cdk.commands.restore.target import Target
from instandt_cdk.names import DATABASE_LOGS
from instandt_cdk.progress import say, wait_until

EXPORTS = "CloudwatchLogsExportConfiguration"

OF_AWS = "aws:"
"""How tags begin that only AWS may set."""


def source(instances: Instances, target: Target) -> str:
    """Return the name of the instance whose backups are restored.

    Raises:
        CommandError: They do not reach to the time, or the snapshot is not like the running instance.
    """
    if target.snapshot:
        instances.check(instances.snapshot(target.snapshot))
        return instances.name
    name = instances.source(target.time)
    earliest, latest = instances.window(name)
    if not earliest <= target.time <= latest:
        raise CommandError(
            f"RDS can restore {name} to times from {earliest:%Y-%m-%dT%H:%M:%SZ} to "
            f"{latest:%Y-%m-%dT%H:%M:%SZ}; the end advances every five minutes."
        )
    return name


def begin(instances: Instances, target: Target, source: str, *, asked: str) -> None:
    """Let RDS restore, with all settings that the request can name; what was asked for is kept in the tag."""
    action = (
        "RestoreDBInstanceFromDBSnapshot" if target.snapshot else "RestoreDBInstanceToPointInTime"
    )
    possible = instances.rds.meta.service_model.operation_model(action).input_shape.members
    running = instances.running()
    given: dict[str, Any] = {
        name: value
        for name, value in kept.settings(running).items()
        if name in possible and name not in kept.AFTERWARDS | kept.UNDER_ITS_NAME
    }
    given["DBSubnetGroupName"] = running["DBSubnetGroup"]["DBSubnetGroupName"]
    given["Tags"] = [
        *(tag for tag in running["TagList"] if not tag["Key"].startswith(OF_AWS)),
        {"Key": TAG, "Value": asked},
    ]
    if target.snapshot:
        instances.rds.restore_db_instance_from_db_snapshot(
            DBSnapshotIdentifier=target.snapshot, DBInstanceIdentifier=instances.spare, **given
        )
    else:
        instances.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=source,
            TargetDBInstanceIdentifier=instances.spare,
            RestoreTime=target.time,
            **given,
        )


def prepare(instances: Instances) -> None:
    """Wait for the restored instance, and set it as the running one is.

    Raises:
        CommandError: It failed, or is different in something that cannot be changed.
    """
    running = instances.find(instances.name)
    if not running or restored_to(running):
        return  # The names are being swapped, or were.
    say(f"RDS restores into {instances.spare}, while the site goes on …")
    restored = instances.available(instances.spare)
    if different := kept.different(running, restored):
        raise CommandError(f"{instances.spare} cannot take over: it has {', '.join(different)}.")
    _set(instances, instances.spare, as_in=running, later=kept.UNDER_ITS_NAME)


def swap(instances: Instances) -> None:
    """Give the running instance another name, and its name to the restored one."""
    say("Swapping the names …")
    running = instances.settled(instances.name)
    if running and not restored_to(running):
        # Under another name it would go on with log groups that nobody made, and that keep logs for ever.
        if exports := running.get("EnabledCloudwatchLogsExports"):
            instances.modify(instances.name, **{EXPORTS: {"DisableLogTypes": exports}})
            _await_exports(instances, ())
        former = f"{instances.former}{datetime.now(UTC).strftime(RETIRED)}"
        instances.modify(instances.name, NewDBInstanceIdentifier=former)
        wait_until(lambda: f"renaming to {former}" if instances.find(instances.name) else None)
    if instances.settled(instances.spare):
        instances.modify(instances.spare, NewDBInstanceIdentifier=instances.name)
        wait_until(
            lambda: f"renaming to {instances.name}" if instances.find(instances.spare) else None
        )
    running = instances.available(instances.name)
    for before in map(instances.find, instances.formers()[-1:]):
        if before:
            _set(instances, instances.name, as_in=before)
    if set(running.get("EnabledCloudwatchLogsExports", ())) != set(DATABASE_LOGS):
        instances.modify(instances.name, **{EXPORTS: {"EnableLogTypes": [*DATABASE_LOGS]}})
        _await_exports(instances, DATABASE_LOGS)


def forget(instances: Instances) -> None:
    """Remove the mark of a restore that is under way."""
    arn = instances.running()["DBInstanceArn"]
    instances.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=[TAG])


def _set(
    instances: Instances, name: str, *, as_in: kept.Instance, later: Collection[str] = ()
) -> None:
    """Give an instance the settings that it lacks, but for some, and wait until it has them."""

    def missing() -> dict[str, Any]:
        found = kept.missing(as_in, instances.available(name))
        return {setting: value for setting, value in found.items() if setting not in later}

    if changes := missing():
        instances.modify(name, **changes)
        wait_until(lambda: f"RDS sets {', '.join(missing())}" if missing() else None)


def _await_exports(instances: Instances, wanted: Collection[str]) -> None:
    def look() -> str | None:
        now = instances.available(instances.name).get("EnabledCloudwatchLogsExports", ())
        return None if set(now) == set(wanted) else "RDS changes which logs are exported"

    wait_until(look)
