"""RDS instances are real PostgreSQL servers on 127.0.0.1."""

from typing import Any

from local.emulator import hooks, resource_types
from local.emulator.addresses import free_port
from local.emulator.options import Options
from local.emulator.postgresql import DatabaseError, Server
from local.emulator.processes import Processes


class Databases:
    """The server behind each DB instance."""

    def __init__(self, options: Options, children: Processes) -> None:
        self._options = options
        self._children = children
        self._servers: dict[str, Server] = {}
        """By DbiResourceId, which an instance keeps when it is renamed."""

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
        """Stop every server and delete its files."""
        for server in self._servers.values():
            server.stop()

    def _create(self, original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        identifier, attributes = original(*arguments)
        properties = arguments[1]
        # The first server gets the port of the options, and any further one a free port.
        taken = {server.port for server in self._servers.values()}
        preferred = self._options.database_port
        record = hooks.service("rds")._instances[identifier]
        endpoint = record["Endpoint"]
        endpoint["Address"] = endpoint["Address"].replace(".rds.amazonaws.com", ".rds.localhost")
        server = Server(
            port=free_port() if preferred in taken else preferred,
            host=endpoint["Address"],
            user=record["MasterUsername"],
            password=record["_MasterUserPassword"],
            force_tls=_forces_tls(properties),
            log=self._options.directory / f"postgresql-{identifier}.log",
        )
        try:
            server.start(self._children)
            if properties.get("DBName"):
                server.create_database(properties["DBName"])
        except DatabaseError:
            # The rollback of a stack deletes only resources that were completed.
            del hooks.service("rds")._instances[identifier]
            server.stop()
            raise
        self._servers[record["DbiResourceId"]] = server
        return identifier, attributes | {"Endpoint.Address": endpoint["Address"]}

    def _update(self, original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        identifier, attributes = original(*arguments)
        record = hooks.service("rds")._instances[identifier]
        self._servers[record["DbiResourceId"]].set_password(record["_MasterUserPassword"])
        return identifier, attributes

    def _delete(self, original: hooks.Original, physical_id: str, properties: object) -> None:
        record = hooks.service("rds")._instances.get(physical_id)
        original(physical_id, properties)
        if record and (server := self._servers.pop(record["DbiResourceId"], None)):
            server.stop()


def _forces_tls(properties: dict[str, Any]) -> bool:
    """Whether plain connections are refused, PostgreSQL 15's default (RDS User Guide, rds.force_ssl)."""
    group = hooks.service("rds")._param_groups.get(properties.get("DBParameterGroupName", ""))
    parameter = (group or {}).get("Parameters", {}).get("rds.force_ssl", "1")
    value = parameter.get("ParameterValue") if isinstance(parameter, dict) else parameter
    return str(value) != "0"
