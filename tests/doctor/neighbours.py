"""The doctor among neighbours of the tests: `python -m tests.doctor.neighbours DIRECTORY DNS_PORT NAME`.

It asks a DNS server of the test, and waits for all neighbours much longer than an operator would: on a busy
machine, the emulator takes more than the seconds that a check has.
"""

import sys
from pathlib import Path

import dns.resolver
from botocore.config import Config

from instandt_cdk.doctor import authority, clients, report
from instandt_cdk.doctor.__main__ import main
from tests.doctor.stubs import resolver_at

PATIENCE_SECONDS = 600


def run(directory: Path, dns_port: int, name: str) -> int:
    """Return the command's exit code."""
    dns.resolver.default_resolver = resolver_at(dns_port)
    report.DNS_SECONDS = PATIENCE_SECONDS
    authority.TIMEOUT_SECONDS = PATIENCE_SECONDS
    clients.CLIENT_CONFIG = clients.CLIENT_CONFIG.merge(
        Config(connect_timeout=PATIENCE_SECONDS, read_timeout=PATIENCE_SECONDS)
    )
    return main([name], directory=directory)


if __name__ == "__main__":
    directory, dns_port, name = sys.argv[1:]
    sys.exit(run(Path(directory), int(dns_port), name))
