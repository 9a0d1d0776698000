"""Leads names of the emulated network to ports of this machine, in containers and functions.

A function is killed when AWS has answered the call that a test has named; see `local.emulator.rotation`.

Python imports a module of this name from PYTHONPATH before the program ("site", Python's library reference).
"""

import http.client
import json
import os
import signal
import socket
from pathlib import Path
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

if _interruption := os.environ.get("LOCAL_INTERRUPTION"):
    _file = Path(_interruption)
    _connections: Any = http.client.HTTPConnection
    _putheader, _getresponse = _connections.putheader, _connections.getresponse

    def _note(connection: Any, header: Any, *values: Any) -> None:  # noqa: ANN401
        if str(header).lower() == "x-amz-target":
            value = values[0].decode() if isinstance(values[0], bytes) else values[0]
            connection.local_call = value.rpartition(".")[2]
        _putheader(connection, header, *values)

    def _get(connection: Any) -> Any:  # noqa: ANN401
        response = _getresponse(connection)
        if _file.exists() and _file.read_text() == getattr(connection, "local_call", None):
            _file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    _connections.putheader, _connections.getresponse = _note, _get
