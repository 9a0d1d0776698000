"""What one emulator is told when it is started."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local.registry import Content


@dataclass(frozen=True, kw_only=True)
class HostedZone:
    """A public hosted zone that exists before the first deployment, as the operator's own does."""

    identifier: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """Where the emulator's servers listen on 127.0.0.1, where its files are, and what it begins with."""

    directory: Path
    """For logs and other files; created if missing, never cleaned."""
    port: int
    """Of AWS's endpoint."""
    database_port: int
    """Of the first database instance; further ones get free ports."""
    front_door_port: int
    """Of HTTPS, for every name in Route 53 and every load balancer."""
    dns_port: int
    """Of DNS over UDP and TCP."""
    registry_port: int
    """Of the container registry."""
    account: str
    """The 12-digit account whose resources are seeded."""
    hosted_zone: HostedZone
    registry: Content
    images: str = "local.images"
    """The Python package whose modules stand in for container images."""
    trusted_roots: tuple[Path, ...] = ()
    """Root certificates (PEM) that functions and containers trust besides the registry's."""

    @property
    def ca_bundle(self) -> Path:
        """All certificates that functions and containers trust, in PEM."""
        return self.directory / "ca-bundle.pem"

    def write(self, file: Path) -> None:
        """Write the options as JSON, for `read`."""
        file.write_text(json.dumps(asdict(self), default=str, indent=2))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the options that were written.

        Raises:
            OSError: The file cannot be read.
            ValueError, TypeError, KeyError: It holds something else.
        """
        given = json.loads(file.read_text())
        given["directory"] = Path(given["directory"])
        given["hosted_zone"] = HostedZone(**given["hosted_zone"])
        given["registry"] = Content(**given["registry"])
        given["trusted_roots"] = tuple(map(Path, given["trusted_roots"]))
        return cls(**given)
