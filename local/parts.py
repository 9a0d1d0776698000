"""The two background processes of the local environment, and the servers in them."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local import ports
from local.acme import AcmeServer
from local.daemon import Daemon, DaemonError
from local.emulator.options import HostedZone, Options
from local.environment import PROJECT, Environment
from local.registry import Content


@dataclass(frozen=True, kw_only=True)
class Part:
    """A background process and its servers."""

    daemon: Daemon
    title: str
    servers: Mapping[str, tuple[int, ...]]
    """The ports on 127.0.0.1 by the server's name."""
    start: Callable[[], None]

    def check_ports(self) -> None:
        """Make sure that the part can start, unless it runs.

        Raises:
            DaemonError: Another process holds one of its ports.
        """
        if self.daemon.running:
            return
        for server, listens in self.servers.items():
            for port in listens:
                if not ports.is_free(port):
                    raise DaemonError(
                        f"Port {port} of 127.0.0.1, for the {server}, is held by"
                        f" {ports.holder(port)}. Stop that process and try again."
                    )


def parts(env: Environment) -> tuple[Part, Part]:
    """Return the parts in the order in which they start: the ACME server and the emulator."""
    acme = AcmeServer(
        directory=env.run_directory,
        port=env.ports.acme,
        management_port=env.ports.acme_management,
        dns_port=env.ports.dns,
    )
    emulator = Daemon(name="emulator", directory=env.run_directory)

    def start_acme() -> None:
        acme.run()
        env.root.write_text(acme.issuing_root())

    def start_emulator() -> None:
        options = env.run_directory / "emulator.json"
        _options(env, trusted=acme).write(options)
        emulator.start(
            [sys.executable, "-m", "local.emulator", str(options)],
            environment={"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
            # These two begin to listen last.
            ready=lambda: ports.accepts(env.ports.emulator) and ports.accepts(env.ports.front_door),
        )

    return (
        Part(
            daemon=acme,
            title="ACME server",
            servers={"ACME server": (env.ports.acme, env.ports.acme_management)},
            start=start_acme,
        ),
        Part(
            daemon=emulator,
            title="AWS emulator",
            servers={
                "AWS emulator": (env.ports.emulator,),
                "front door": (env.ports.front_door,),
                "registry": (env.ports.registry,),
                "DNS server": (env.ports.dns,),
                "database": (env.ports.database,),
            },
            start=start_emulator,
        ),
    )


def _options(env: Environment, *, trusted: AcmeServer) -> Options:
    site, registry = env.settings.site, env.settings.registry
    return Options(
        directory=env.run_directory,
        port=env.ports.emulator,
        database_port=env.ports.database,
        front_door_port=env.ports.front_door,
        dns_port=env.ports.dns,
        registry_port=env.ports.registry,
        account=env.settings.aws.account,
        hosted_zone=HostedZone(identifier=site.hosted_zone_id, name=site.hosted_zone_name),
        registry=Content(
            host=registry.host,
            username=registry.username or "",
            repositories=[f"{registry.project}/{name}" for name in registry.image_names.values()],
        ),
        trusted_roots=(trusted.ca_bundle, env.root),
    )
