"""How names of the emulated network lead to ports of this machine."""

import socket
from pathlib import Path

from local.emulator import hooks

SHIM = Path(__file__).parent / "shim"
"""A directory for PYTHONPATH. Its module makes Python look into LOCAL_ADDRESSES before it asks DNS."""


def web_names() -> set[str]:
    """Every name in Route 53 and of every load balancer; the front door answers for all of them."""
    route53, balancers = hooks.service("route53"), hooks.service("alb")._lbs
    records = [record for records in route53._records.values() for record in records]
    names = {
        record["Name"].rstrip(".") for record in records if record["Type"] in ("A", "AAAA", "CNAME")
    }
    return names | {balancer["DNSName"] for balancer in balancers.all_values()}


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
