"""RDS instances are restored to a time, or from a snapshot.

ministack's restore makes a record of an empty instance. References: RestoreDBInstanceToPointInTime and
RestoreDBInstanceFromDBSnapshot, Amazon RDS API Reference.
"""

import time
from datetime import UTC, datetime, timedelta

from local.emulator import hooks
from local.emulator.database import Databases, address
from local.emulator.database_requests import (
    SETTLING_SECONDS,
    Asked,
    RefusedError,
    answered,
    available,
    refuse_taken,
    values,
)
from local.emulator.postgresql import Moment

TO_TIME = "RestoreDBInstanceToPointInTime"
FROM_SNAPSHOT = "RestoreDBInstanceFromDBSnapshot"
BACKUPS = "DescribeDBInstanceAutomatedBackups"

DEFAULTS = {
    "MultiAZ": False,
    "PubliclyAccessible": True,
    "AutoMinorVersionUpgrade": True,
    "CopyTagsToSnapshot": False,
    "IAMDatabaseAuthenticationEnabled": False,
    "DeletionProtection": False,
    "MaxAllocatedStorage": None,
    "StorageType": "gp3",
    "BackupRetentionPeriod": 1,
    "PreferredBackupWindow": "21:30-22:00",
    "PreferredMaintenanceWindow": "mon:00:30-mon:01:00",
    "MonitoringInterval": 0,
    "MonitoringRoleArn": "",
}
"""What a restore does not take over from its source unless the request says so. For what the reference leaves
open, it is the least convenient."""

ASKED_AS = {
    **{name: name for name in DEFAULTS},
    "DBInstanceClass": "DBInstanceClass",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
}
"""The field of the record by the name of the request's parameter."""


class Restores:
    """The requests that restore instances."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._rds = hooks.service("rds")

    def install(self) -> None:
        """Adapt ministack's RDS."""
        actions = hooks.original(self._rds, "_ACTION_MAP")
        for name, request in {TO_TIME: self._to_time, BACKUPS: self._automated_backups}.items():
            if name in actions:
                raise hooks.HookError(f"ministack knows {name} itself: drop it from here.")
            actions[name] = answered(request)
        hooks.around(self._rds, "_restore_from_snapshot")(answered(self._from_snapshot))

    def _to_time(self, asked: Asked) -> hooks.Untyped:
        given = values(asked)
        source = available(
            given.get("SourceDbiResourceId") or given["SourceDBInstanceIdentifier"],
        )
        earliest, latest = _window(source)
        wanted = datetime.fromisoformat(given["RestoreTime"])
        if not earliest <= wanted <= latest:
            raise RefusedError(
                "InvalidParameterValue", f"{wanted} is not in {earliest} to {latest}."
            )
        moment = self._databases.moment(source, wanted.isoformat())
        return self._restored(TO_TIME, asked, source, given["TargetDBInstanceIdentifier"], moment)

    def _from_snapshot(self, _original: object, asked: Asked) -> hooks.Untyped:
        given = values(asked)
        name = given["DBSnapshotIdentifier"]
        snapshot = self._rds._snapshots.get(name)
        if not snapshot:
            raise RefusedError("DBSnapshotNotFound", f"DBSnapshot {name} not found.")
        source = {**snapshot, "_MasterUserPassword": ""}
        moment = self._databases.snapshot(name)
        return self._restored(FROM_SNAPSHOT, asked, source, given["DBInstanceIdentifier"], moment)

    def _restored(
        self, action: str, asked: Asked, source: hooks.Untyped, name: str, moment: Moment
    ) -> hooks.Untyped:
        """Make an instance, which is available when its server runs."""
        refuse_taken(name)
        rds, responses = self._rds, hooks.core("responses")
        tags = rds._parse_tags(asked)
        if any(tag["Key"].startswith("aws:") for tag in tags):
            raise RefusedError("InvalidParameterValue", "Tag keys must not start with aws:.")
        place = f"{responses.get_region()}:{responses.get_account_id()}"
        record = {
            **source,
            **DEFAULTS,
            **self._given(asked, source),
            "MasterUserSecret": None,
            "DBInstanceIdentifier": name,
            "DBInstanceStatus": "creating",
            "DBInstanceArn": f"arn:aws:rds:{place}:db:{name}",
            "DbiResourceId": f"db-{responses.new_uuid().replace('-', '')[:20].upper()}",
            "InstanceCreateTime": rds._format_time(time.time()),
            "Endpoint": {"Address": address(name), "Port": 5432, "HostedZoneId": "Z2R2ITUGPM61AM"},
            "PendingModifiedValues": {},
            "TagList": tags,
        }
        rds._instances[name], rds._tags[record["DBInstanceArn"]] = record, tags

        def start() -> None:
            time.sleep(SETTLING_SECONDS)
            self._databases.start(record, moment)
            record["DBInstanceStatus"] = "available"

        hooks.core("concurrency").spawn_background(start)
        return rds._single_instance_response(f"{action}Response", f"{action}Result", record)

    def _given(self, asked: Asked, source: hooks.Untyped) -> dict[str, object]:
        """What the request says about the new instance, as ministack keeps it."""
        rds, given = self._rds, values(asked)
        family = f"postgres{source['EngineVersion'].partition('.')[0]}"
        parameters = given.get("DBParameterGroupName", f"default.{family}")
        found = rds._param_groups.get(parameters, {}).get("DBParameterGroupFamily", family)
        if found != family:
            raise RefusedError("InvalidParameterCombination", f"{parameters} is for {found}.")
        subnets = given.get("DBSubnetGroupName", "default")
        if subnets != "default" and subnets not in rds._subnet_groups:
            raise RefusedError("DBSubnetGroupNotFoundFault", f"{subnets} not found.")
        groups = rds._parse_member_list(asked, "VpcSecurityGroupIds") or ["sg-default"]
        return {
            **{ASKED_AS[key]: _plain(value) for key, value in given.items() if key in ASKED_AS},
            "DBParameterGroups": [
                {"DBParameterGroupName": parameters, "ParameterApplyStatus": "in-sync"}
            ],
            "DBSubnetGroup": rds._subnet_groups.get(subnets, {"DBSubnetGroupName": subnets}),
            "VpcSecurityGroups": [
                {"VpcSecurityGroupId": one, "Status": "active"} for one in groups
            ],
            "EnabledCloudwatchLogsExports": rds._parse_member_list(
                asked, "EnableCloudwatchLogsExports"
            ),
        }

    def _automated_backups(self, _asked: Asked) -> hooks.Untyped:
        listed = "".join(
            f"<DBInstanceAutomatedBackup><DBInstanceIdentifier>{record['DBInstanceIdentifier']}"
            f"</DBInstanceIdentifier><DbiResourceId>{record['DbiResourceId']}</DbiResourceId>"
            f"<Status>active</Status><RestoreWindow><EarliestTime>{earliest.isoformat()}</EarliestTime>"
            f"<LatestTime>{latest.isoformat()}</LatestTime></RestoreWindow></DBInstanceAutomatedBackup>"
            for record in self._rds._instances.values()
            for earliest, latest in [_window(record)]
        )
        body = f"<DBInstanceAutomatedBackups>{listed}</DBInstanceAutomatedBackups>"
        return self._rds._xml(
            200, f"{BACKUPS}Response", f"<{BACKUPS}Result>{body}</{BACKUPS}Result>"
        )


def _window(record: hooks.Untyped) -> tuple[datetime, datetime]:
    """Between which times an instance can be restored."""
    now = datetime.now(UTC)
    made = datetime.fromisoformat(record["InstanceCreateTime"])
    return max(made, now - timedelta(days=int(record["BackupRetentionPeriod"]))), now


def _plain(value: str) -> object:
    if value.isdecimal():
        return int(value)
    return {"true": True, "false": False}.get(value, value)
