"""RDS instances are real PostgreSQL servers on 127.0.0.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.emulator import hooks
from local.emulator.containers import free_port
from local.emulator.postgresql import DatabaseError, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped
    from local.emulator.options import Options
    from local.emulator.processes import Processes

    Provisioned = tuple[str, dict[str, Any]]


class Databases:
    """The server behind each DB instance."""

    def __init__(self, options: Options, children: Processes) -> None:
        self._options = options
        self._children = children
        self._servers: dict[str, Server] = {}
        self._endpoints: dict[str, Server] = {}

    def local_ports(self) -> dict[str, int]:
        """Each endpoint's "host:port" and the port at which its server listens."""
        return {endpoint: server.port for endpoint, server in self._endpoints.items()}

    def install(self) -> None:
        """Adapt AWS::RDS::DBInstance; ministack's is a record behind which nothing listens."""
        provisioners = hooks.service("cloudformation.provisioners")
        hooks.around(provisioners, "_rds_db_instance_create")(self._create)
        hooks.around(provisioners, "_rds_db_instance_update")(self._update)
        hooks.around(provisioners, "_rds_db_instance_delete")(self._delete)

    def stop_all(self) -> None:
        """Stop every server and delete its files."""
        for server in self._servers.values():
            server.stop()
            server.remove()

    def _create(self, original: Callable[..., Provisioned], *arguments: Untyped) -> Provisioned:
        identifier, attributes = original(*arguments)
        properties = arguments[1]
        record = hooks.service("rds")._instances[identifier]
        record["Endpoint"]["Address"] = record["Endpoint"]["Address"].replace(
            ".rds.amazonaws.com", ".rds.localhost"
        )
        endpoint = record["Endpoint"]
        taken = {server.port for server in self._servers.values()}
        server = Server(
            port=free_port()
            if self._options.database_port in taken
            else self._options.database_port,
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
            # A stack's rollback forgets a resource that was not completed.
            del hooks.service("rds")._instances[identifier]
            server.stop()
            server.remove()
            raise
        self._servers[record["DBInstanceArn"]] = server
        self._endpoints[f"{endpoint['Address']}:{endpoint['Port']}"] = server
        attributes = attributes | {"Endpoint.Address": endpoint["Address"]}
        return identifier, attributes

    def _update(
        self,
        original: Callable[..., Provisioned],
        physical_id: str,
        *arguments: Untyped,
    ) -> Provisioned:
        identifier, attributes = original(physical_id, *arguments)
        record = hooks.service("rds")._instances[identifier]
        self._servers[record["DBInstanceArn"]].set_password(record["_MasterUserPassword"])
        return identifier, attributes

    def _delete(self, original: Callable[..., None], physical_id: str, properties: object) -> None:
        record = hooks.service("rds")._instances.get(physical_id)
        original(physical_id, properties)
        if record and (server := self._servers.pop(record["DBInstanceArn"], None)):
            server.stop()
            server.remove()
            self._endpoints = {
                endpoint: other
                for endpoint, other in self._endpoints.items()
                if other is not server
            }


def _forces_tls(properties: dict[str, Any]) -> bool:
    """Whether plain connections are refused, PostgreSQL 15's default (RDS User Guide, rds.force_ssl)."""
    group = hooks.service("rds")._param_groups.get(properties.get("DBParameterGroupName", ""))
    parameter = (group or {}).get("Parameters", {}).get("rds.force_ssl", "1")
    value = parameter.get("ParameterValue") if isinstance(parameter, dict) else parameter
    return str(value) != "0"
