"""Leads names of the emulated network to ports of this machine, in containers and functions.

Python imports a module of this name from PYTHONPATH before the program ("site", Python's library reference).
"""

import json
import os
import socket
from typing import Any

_LOCAL_PORTS: dict[str, int] = json.loads(os.environ.get("LOCAL_ADDRESSES", "{}"))
_original = socket.getaddrinfo


def _getaddrinfo(host: Any, port: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
    name = host.decode() if isinstance(host, bytes) else host
    if local_port := _LOCAL_PORTS.get(f"{name}:{port}"):
        host, port = "127.0.0.1", local_port
    return _original(host, port, *arguments, **named)


socket.getaddrinfo = _getaddrinfo

if _dns_port := os.environ.get("LOCAL_DNS_PORT"):
    import dns.resolver

    dns.resolver.default_resolver = dns.resolver.Resolver(configure=False)
    dns.resolver.default_resolver.nameservers = ["127.0.0.1"]
    dns.resolver.default_resolver.port = int(_dns_port)
