"""What one emulator is told when it is started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class HostedZone:
    """A public hosted zone that exists before the first deployment, as the operator's own does."""

    identifier: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """Where the emulator listens, where it keeps its files and what it stands beside."""

    port: int
    """The AWS endpoint's TCP port on 127.0.0.1."""
    directory: Path
    """Runtime directory for logs; created if missing, never cleaned."""
    account: str
    """The 12-digit account whose resources are seeded."""
    database_port: int
    """The TCP port on 127.0.0.1 of the first database instance; further ones get free ports."""
    front_door_port: int
    """Where the local front door answers on 127.0.0.1 for every name that Route 53 knows."""
    dns_port: int
    """Where the DNS server of Lambda functions answers on 127.0.0.1."""
    registry_port: int
    """Where the stand-in of the registry answers on 127.0.0.1."""
    images: str
    """The Python package whose modules stand in for container images."""
    ca_bundle: Path | None
    """Root certificate that Lambda functions trust in addition to nothing, or None for the usual ones."""
    hosted_zone: HostedZone
