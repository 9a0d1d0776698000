"""Which port of this machine answers for an address inside the emulated network."""

from pathlib import Path
from typing import Protocol

from local.emulator import hooks

SHIM = Path(__file__).parent / "shim"
"""For PYTHONPATH: what makes a child's Python take the addresses for those ports."""

_HTTPS = 443


class Endpoints(Protocol):
    """Servers whose address the emulated AWS hands out."""

    def local_ports(self) -> dict[str, int]:
        """Local ports by "host:port"."""
        ...


class Addresses:
    """Local ports by "host:port", as the shim in a container's Python reads them."""

    def __init__(self, *, front_door_port: int, databases: Endpoints) -> None:
        self._front_door_port = front_door_port
        self._databases = databases

    def local_ports(self) -> dict[str, int]:
        """Every database endpoint, and for HTTPS every name in Route 53 and every load balancer."""
        return self._databases.local_ports() | {
            f"{name}:{_HTTPS}": self._front_door_port for name in self._web_names()
        }

    @staticmethod
    def _web_names() -> set[str]:
        route53, balancers = hooks.service("route53"), hooks.service("alb")._lbs
        records = [record for records in route53._records.values() for record in records]
        names = {
            record["Name"].rstrip(".")
            for record in records
            if record["Type"] in ("A", "AAAA", "CNAME")
        }
        return names | {balancer["DNSName"] for balancer in balancers.all_values()}
