"""The two background processes of the local environment, and the servers in them."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local import environment, ports
from local.acme import AcmeServer
from local.daemon import Daemon
from local.emulator.options import HostedZone, Options
from local.environment import Environment
from local.registry import Content


class PortTakenError(Exception):
    """Another process holds a port; the message names both."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A background process and its servers."""

    daemon: Daemon
    title: str
    servers: Mapping[str, tuple[int, ...]]
    """The ports on 127.0.0.1 by the server's name."""
    start: Callable[[], None]

    def check_ports(self) -> None:
        """Make sure that the part can start.

        Raises:
            PortTakenError: Another process holds one of its ports.
        """
        if self.daemon.running:
            return
        for server, listens in self.servers.items():
            for port in listens:
                if not ports.is_free(port):
                    raise PortTakenError(
                        f"Port {port} of 127.0.0.1, for the {server}, is held by"
                        f" {ports.holder(port)}. Stop that process and try again."
                    )


class Parts:
    """All parts of an environment, in the order in which they start."""

    def __init__(self, env: Environment) -> None:
        self._environment = env
        self.acme = AcmeServer(
            directory=env.run_directory,
            port=environment.ACME_PORT,
            management_port=environment.ACME_MANAGEMENT_PORT,
            dns_port=environment.DNS_PORT,
        )
        self.emulator = Daemon(name="emulator", directory=env.run_directory)

    @property
    def all(self) -> tuple[Part, ...]:
        """Every part."""
        return (
            Part(
                daemon=self.acme,
                title="ACME server",
                servers={"ACME server": (environment.ACME_PORT, environment.ACME_MANAGEMENT_PORT)},
                start=self._start_acme,
            ),
            Part(
                daemon=self.emulator,
                title="AWS emulator",
                servers={
                    "AWS emulator": (environment.EMULATOR_PORT,),
                    "front door": (environment.FRONT_DOOR_PORT,),
                    "registry": (environment.REGISTRY_PORT,),
                    "DNS server": (environment.DNS_PORT,),
                    "database": (environment.DATABASE_PORT,),
                },
                start=self._start_emulator,
            ),
        )

    def _start_acme(self) -> None:
        self.acme.run()
        self._environment.root.write_text(self.acme.issuing_root())

    def _start_emulator(self) -> None:
        settings, registry = self._environment.settings, self._environment.settings.registry
        options = self._environment.run_directory / "emulator.json"
        Options(
            directory=self._environment.directory,
            port=environment.EMULATOR_PORT,
            database_port=environment.DATABASE_PORT,
            front_door_port=environment.FRONT_DOOR_PORT,
            dns_port=environment.DNS_PORT,
            registry_port=environment.REGISTRY_PORT,
            account=settings.aws.account,
            hosted_zone=HostedZone(
                identifier=settings.site.hosted_zone_id, name=settings.site.hosted_zone_name
            ),
            registry=Content(
                host=registry.host,
                username=registry.username or "",
                repositories=[
                    f"{registry.project}/{name}" for name in registry.image_names.values()
                ],
            ),
            trusted_roots=(self.acme.ca_bundle, self._environment.root),
        ).write(options)
        self.emulator.start(
            [sys.executable, "-m", "local.emulator", str(options)],
            environment={"PYTHONPATH": str(environment.PROJECT), "PYTHONUNBUFFERED": "1"},
            ready=self.emulator_answers,
        )

    def emulator_answers(self) -> bool:
        """Whether the emulated AWS takes requests."""
        address = f"{self._environment.endpoint_url}/_ministack/health"
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - on loopback
        except (urllib.error.URLError, OSError):
            return False
        return True
