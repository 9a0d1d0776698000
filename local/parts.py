"""The background servers that together are the local environment."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local import environment, ports
from local.acme import AcmeServer
from local.daemon import Daemon
from local.dns import DnsDaemon
from local.environment import Environment
from local.registry import Registry


class PortTakenError(Exception):
    """A port belongs to somebody else; the message says to whom."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A background server, what it is for and where it listens."""

    daemon: Daemon
    title: str
    ports: tuple[int, ...]
    start: Callable[[], None]

    def check_ports(self) -> None:
        """Make sure that the part can start.

        Raises:
            PortTakenError: Somebody else holds one of its ports.
        """
        if self.daemon.running:
            return
        for port in self.ports:
            if not ports.is_free(port):
                raise PortTakenError(
                    f"Port {port} of 127.0.0.1, for the {self.title}, is held by"
                    f" {ports.holder(port)}. Stop that process and try again."
                )


class Parts:
    """All parts of an environment, in the order in which they start."""

    def __init__(self, env: Environment) -> None:
        self._environment = env
        self._run = env.run_directory
        self.acme = AcmeServer(
            directory=self._run,
            port=environment.ACME_PORT,
            management_port=environment.ACME_MANAGEMENT_PORT,
            dns_port=environment.DNS_PORT,
        )
        self.emulator = Daemon(name="emulator", directory=self._run)
        self.registry = Registry(
            directory=self._run,
            port=environment.REGISTRY_PORT,
            settings=env.settings.registry,
            token=environment.REGISTRY_TOKEN,
        )
        self._dns = DnsDaemon(directory=self._run, port=environment.DNS_PORT)
        self._front_door = Daemon(name="front-door", directory=self._run)

    @property
    def all(self) -> tuple[Part, ...]:
        """Every part."""
        return (
            Part(
                daemon=self.acme,
                title="ACME server",
                ports=(environment.ACME_PORT, environment.ACME_MANAGEMENT_PORT),
                start=self._start_acme,
            ),
            Part(
                daemon=self.registry,
                title="registry",
                ports=(environment.REGISTRY_PORT,),
                start=self._start_registry,
            ),
            Part(
                daemon=self.emulator,
                title="AWS emulator",
                ports=(environment.EMULATOR_PORT, environment.DATABASE_PORT),
                start=self._start_emulator,
            ),
            Part(
                daemon=self._dns,
                title="DNS server",
                ports=(environment.DNS_PORT,),
                start=lambda: self._dns.run(environment={}),
            ),
            Part(
                daemon=self._front_door,
                title="front door",
                ports=(environment.FRONT_DOOR_PORT,),
                start=self._start_front_door,
            ),
        )

    def _start_acme(self) -> None:
        self.acme.run()
        self._environment.root.write_text(self.acme.issuing_root())

    def _start_registry(self) -> None:
        self.registry.run()
        roots = (self.acme.ca_bundle, self._environment.root, self.registry.root)
        self._environment.ca_bundle.write_text("".join(root.read_text() for root in roots))

    def _start_emulator(self) -> None:
        site, account = self._environment.settings.site, self._environment.settings.aws.account
        options = {
            "--port": environment.EMULATOR_PORT,
            "--directory": self._environment.directory,
            "--account": account,
            "--database-port": environment.DATABASE_PORT,
            "--front-door-port": environment.FRONT_DOOR_PORT,
            "--dns-port": environment.DNS_PORT,
            "--registry-port": environment.REGISTRY_PORT,
            "--ca-bundle": self._environment.ca_bundle,
            "--hosted-zone-id": site.hosted_zone_id,
            "--hosted-zone-name": site.hosted_zone_name,
        }
        _start(self.emulator, "local.emulator", options, ready=self.emulator_answers)

    def _start_front_door(self) -> None:
        options = {
            "--port": environment.FRONT_DOOR_PORT,
            "--endpoint-url": self._environment.endpoint_url,
            "--region": self._environment.settings.aws.region,
            "--account": self._environment.settings.aws.account,
            "--state": f"instandt-letsencrypt-account-{environment.NAME}",
        }
        _start(
            self._front_door,
            "local.front_door",
            options,
            ready=lambda: ports.accepts(environment.FRONT_DOOR_PORT),
        )

    def emulator_answers(self) -> bool:
        """Whether the emulated AWS takes requests."""
        address = f"{self._environment.endpoint_url}/_ministack/health"
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - on loopback
        except (urllib.error.URLError, OSError):
            return False
        return True


def _start(
    daemon: Daemon,
    module: str,
    options: Mapping[str, object],
    *,
    ready: Callable[[], bool],
) -> None:
    arguments = [str(word) for option in options.items() for word in option]
    daemon.start(
        [sys.executable, "-m", module, *arguments],
        environment={"PYTHONPATH": str(environment.PROJECT), "PYTHONUNBUFFERED": "1"},
        ready=ready,
    )
