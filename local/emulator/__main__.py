"""Run the adapted ministack in the foreground: `python -m local.emulator --port 4566 …`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from local.emulator.options import HostedZone, Options


def _parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--directory", type=Path, default=Path(".local"))
    parser.add_argument("--account", default="000000000000", metavar="ACCOUNT")
    parser.add_argument("--database-port", type=int, default=15432)
    parser.add_argument("--front-door-port", type=int, default=8443)
    parser.add_argument("--dns-port", type=int, default=8053)
    parser.add_argument("--registry-port", type=int, default=5443)
    parser.add_argument("--images", default="local.images", metavar="PACKAGE")
    parser.add_argument("--ca-bundle", type=Path, metavar="FILE")
    parser.add_argument("--hosted-zone-id", default="Z00000000000LOCAL000")
    parser.add_argument("--hosted-zone-name", default="instandt.localhost")
    given = parser.parse_args(arguments)
    return Options(
        port=given.port,
        directory=given.directory.absolute(),
        account=given.account,
        database_port=given.database_port,
        front_door_port=given.front_door_port,
        dns_port=given.dns_port,
        registry_port=given.registry_port,
        images=given.images,
        ca_bundle=given.ca_bundle and given.ca_bundle.absolute(),
        hosted_zone=HostedZone(identifier=given.hosted_zone_id, name=given.hosted_zone_name),
    )


def _prepare_environment(options: Options) -> None:
    """Set what ministack reads while it is imported, and what its Lambda functions inherit."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # the operator's own account must stay out of reach
    os.environ.update(
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(options.port),
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID=options.account,
        LAMBDA_EXECUTOR="local",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        STATE_DIR=str(options.directory / "state"),
        TMPDIR=str(_empty_directory(options.directory / "tmp")),
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ACCESS_KEY_ID=options.account,
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - the emulator checks no signature
    )
    if options.ca_bundle:
        trusted = str(options.ca_bundle)
        os.environ.update(REQUESTS_CA_BUNDLE=trusted, SSL_CERT_FILE=trusted)


def _empty_directory(path: Path) -> Path:
    """The directory, without what a killed emulator left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or SIGINT, then stop everything that was started."""
    options = _parse(arguments)
    _prepare_environment(options)
    from local.emulator import adapter

    sys.argv[1:] = []  # ministack parses its own command line
    adapter.serve(options)


if __name__ == "__main__":
    main(sys.argv[1:])
