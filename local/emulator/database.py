"""RDS instances are real PostgreSQL servers on 127.0.0.1."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import trustme

from local.emulator import hooks, resource_types
from local.emulator.addresses import free_port
from local.emulator.options import Options
from local.emulator.postgresql import Moment, Server
from local.emulator.postgresql_programs import DatabaseError, run
from local.emulator.processes import Processes


class Databases:
    """The server behind each DB instance."""

    def __init__(self, options: Options, children: Processes) -> None:
        self._options = options
        self._children = children
        self._servers: dict[str, Server] = {}
        """By DbiResourceId, which an instance keeps when it is renamed."""
        self._snapshots: dict[str, Path] = {}
        """Backups by the snapshot's name. They outlive their instance."""
        self._authority = trustme.CA()

    def local_ports(self) -> dict[str, int]:
        """Each endpoint's "host:port" and the port at which its server listens."""
        return {
            f"{record['Endpoint']['Address']}:{record['Endpoint']['Port']}": server.port
            for record in hooks.service("rds")._instances.all_values()
            if (server := self._servers.get(record["DbiResourceId"]))
        }

    def install(self) -> None:
        """Adapt AWS::RDS::DBInstance, for which ministack keeps a record and starts no server."""
        resource_types.make_in_thread("AWS::RDS::DBInstance")
        provisioners = hooks.service("cloudformation.provisioners")
        hooks.around(provisioners, "_rds_db_instance_create")(self._create)
        hooks.around(provisioners, "_rds_db_instance_update")(self._update)
        hooks.around(provisioners, "_rds_db_instance_delete")(self._delete)

    def stop_all(self) -> None:
        """Stop every server, and delete all files and snapshots."""
        for server in self._servers.values():
            server.stop()
        for snapshot in self._snapshots.values():
            shutil.rmtree(snapshot, ignore_errors=True)

    def start(self, record: hooks.Untyped, moment: Moment | None = None) -> None:
        """Start the server of an instance, new or recovered.

        Raises:
            DatabaseError: It does not come up.
        """
        self._have_authority_trusted()
        # The first server gets the port of the options, and any further one a free port.
        taken = {server.port for server in self._servers.values()}
        preferred = self._options.database_port
        server = Server(
            port=free_port() if preferred in taken else preferred,
            host=record["Endpoint"]["Address"],
            user=record["MasterUsername"],
            password=record["_MasterUserPassword"],
            authority=self._authority,
            force_tls=_forces_tls(record),
            log=self._options.directory / f"postgresql-{record['DBInstanceIdentifier']}.log",
        )
        try:
            server.start(self._children, moment)
            if not moment and record["DBName"]:
                server.create_database(record["DBName"])
        except DatabaseError:
            server.stop()
            raise
        self._servers[record["DbiResourceId"]] = server

    def rename(self, record: hooks.Untyped) -> None:
        """Start the server of an instance again, under the address in its record."""
        server = self._servers[record["DbiResourceId"]]
        server.rename(record["Endpoint"]["Address"], self._children)

    def set_password(self, record: hooks.Untyped, password: str) -> None:
        """Change the master user's password."""
        self._servers[record["DbiResourceId"]].set_password(password)

    def moment(self, record: hooks.Untyped, time: str) -> Moment:
        """What an instance held at a time in ISO 8601."""
        server = self._servers[record["DbiResourceId"]]
        server.back_up("restore")
        return Moment(backup=server.backup, target={"recovery_target_time": time})

    def take_snapshot(self, record: hooks.Untyped, name: str) -> None:
        """Keep what an instance holds now."""
        server = self._servers[record["DbiResourceId"]]
        server.back_up(name)
        kept = Path(tempfile.mkdtemp(prefix="instandt-snapshot-", dir=server.backup.parents[1]))
        self._snapshots[name] = kept
        run("cp", "--archive", "--link", f"{server.backup}/.", str(kept), directory=kept, user=None)

    def snapshot(self, name: str) -> Moment:
        """What a snapshot holds."""
        return Moment(backup=self._snapshots[name], target={"recovery_target_name": name})

    def end(self, record: hooks.Untyped) -> None:
        """Stop the server of an instance that is no more."""
        if server := self._servers.pop(record["DbiResourceId"], None):
            server.stop()

    def _have_authority_trusted(self) -> None:
        """Add the authority to those that functions trust, as Lambda's runtimes trust RDS's."""
        root, bundle = self._authority.cert_pem.bytes(), self._options.ca_bundle
        if root not in bundle.read_bytes():
            with bundle.open("ab") as file:
                file.write(root)

    def _create(self, original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        identifier, attributes = original(*arguments)
        properties = arguments[1]
        record = hooks.service("rds")._instances[identifier]
        record["DBName"] = properties.get("DBName", "")
        record["EnabledCloudwatchLogsExports"] = properties.get("EnableCloudwatchLogsExports", [])
        # Without it, ministack says that an instance can be restored to the present moment.
        del record["LatestRestorableTime"]
        record["Endpoint"]["Address"] = address(identifier)
        try:
            self.start(record)
        except DatabaseError:
            # The rollback of a stack deletes only resources that were completed.
            del hooks.service("rds")._instances[identifier]
            raise
        return identifier, attributes | {"Endpoint.Address": record["Endpoint"]["Address"]}

    def _update(self, original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        record = hooks.service("rds")._instances[arguments[0]]
        before = record["_MasterUserPassword"]
        identifier, attributes = original(*arguments)
        if record["_MasterUserPassword"] != before:
            self.set_password(record, record["_MasterUserPassword"])
        return identifier, attributes

    def _delete(self, original: hooks.Original, physical_id: str, properties: object) -> None:
        record = hooks.service("rds")._instances.get(physical_id)
        original(physical_id, properties)
        if record:
            self.end(record)


def address(identifier: str) -> str:
    """An instance's address: its name, and what all instances of an account and region have in common.

    Source: "Finding the connection information for an RDS for PostgreSQL DB instance", Amazon RDS User Guide.
    """
    responses = hooks.core("responses")
    account, region = responses.get_account_id(), responses.get_region()
    common = hashlib.sha256(f"{account} {region}".encode()).hexdigest()[:11]
    return f"{identifier}.c{common}.{region}.rds.localhost"


def _forces_tls(record: dict[str, Any]) -> bool:
    """Whether plain connections are refused, PostgreSQL 15's default (RDS User Guide, rds.force_ssl)."""
    name = record["DBParameterGroups"][0]["DBParameterGroupName"]
    group = hooks.service("rds")._param_groups.get(name)
    parameter = (group or {}).get("Parameters", {}).get("rds.force_ssl", "1")
    value = parameter.get("ParameterValue") if isinstance(parameter, dict) else parameter
    return str(value) != "0"
