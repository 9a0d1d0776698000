"""RDS instances are renamed, snapshotted and deleted.

ministack ignores a new name, and its snapshots hold nothing. References: ModifyDBInstance, Amazon RDS API
Reference; "Renaming a DB instance", Amazon RDS User Guide.
"""

import time

from local.emulator import hooks
from local.emulator.database import Databases, address
from local.emulator.database_requests import (
    SETTLING_SECONDS,
    Asked,
    answered,
    available,
    refuse_taken,
    values,
)
from local.emulator.mends import managed_master_passwords


class Changes:
    """The requests that change instances."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._rds = hooks.service("rds")

    def install(self) -> None:
        """Adapt ministack's RDS."""
        hooks.around(self._rds, "_modify_db_instance")(answered(self._modify))
        hooks.around(self._rds, "_create_db_snapshot")(answered(self._snapshot))
        hooks.around(self._rds, "_delete_db_instance")(answered(self._delete))
        hooks.around(self._rds, "_instance_xml")(_with_exports)
        hooks.around(self._rds, "_rotate_instance_password")(
            lambda _original, record, _old, new: self._databases.set_password(record, new)
        )

    def _modify(self, original: hooks.Original, asked: Asked) -> hooks.Untyped:
        given = values(asked)
        record = available(given["DBInstanceIdentifier"])
        name = given.get("NewDBInstanceIdentifier")
        if name:
            refuse_taken(name)
        answer = original(asked)
        if answer[0] >= 400:
            return answer
        if given.get("ManageMasterUserPassword") == "true" and not record.get("MasterUserSecret"):
            key = given.get("MasterUserSecretKmsKeyId")
            record["MasterUserSecret"] = managed_master_passwords.keep(record, key)
            self._databases.set_password(record, record["_MasterUserPassword"])
        exports, prefix = (
            record["EnabledCloudwatchLogsExports"],
            "CloudwatchLogsExportConfiguration",
        )
        added = self._rds._parse_member_list(asked, f"{prefix}.EnableLogTypes")
        removed = self._rds._parse_member_list(asked, f"{prefix}.DisableLogTypes")
        record["EnabledCloudwatchLogsExports"] = sorted({*exports, *added} - {*removed})
        record["DBInstanceStatus"] = "renaming" if name else "modifying"
        hooks.core("concurrency").spawn_background(self._settle, record, name)
        return answer

    def _settle(self, record: hooks.Untyped, name: str | None) -> None:
        """End a modification. The old name is there until the new one is."""
        time.sleep(SETTLING_SECONDS)
        if name:
            instances, tags, old_arn = (
                self._rds._instances,
                self._rds._tags,
                record["DBInstanceArn"],
            )
            del instances[record["DBInstanceIdentifier"]]
            record["DBInstanceIdentifier"] = name
            record["DBInstanceArn"] = f"{old_arn.rpartition(':')[0]}:{name}"
            record["Endpoint"]["Address"] = address(name)
            instances[name] = record
            tags[record["DBInstanceArn"]] = tags.pop(old_arn, [])
            self._databases.rename(record)
        record["DBInstanceStatus"] = "available"

    def _snapshot(self, original: hooks.Original, asked: Asked) -> hooks.Untyped:
        given = values(asked)
        record = available(given["DBInstanceIdentifier"])
        answer = original(asked)
        if answer[0] < 400:
            self._databases.take_snapshot(record, given["DBSnapshotIdentifier"])
        return answer

    def _delete(self, original: hooks.Original, asked: Asked) -> hooks.Untyped:
        given = values(asked)
        record = available(given["DBInstanceIdentifier"])
        answer = original(asked)
        if answer[0] < 400:
            if name := given.get("FinalDBSnapshotIdentifier"):
                self._databases.take_snapshot(record, name)
            self._databases.end(record)
        return answer


def _with_exports(original: hooks.Original, record: hooks.Untyped) -> str:
    """An instance as ministack describes it, and its exported logs, which ministack leaves out."""
    members = "".join(f"<member>{one}</member>" for one in record["EnabledCloudwatchLogsExports"])
    name = "EnabledCloudwatchLogsExports"
    described: str = original(record)
    return described.replace(f"<{name}/>", f"<{name}>{members}</{name}>")
