"""What the stand-in images need around them: PostgreSQL with TLS, S3, a certificate authority."""

import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from local.images import database
from tests.support import ROOT

SHIM = ROOT / "local" / "emulator" / "shim"
DATABASE_HOST = "database.internal"
DEADLINE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str], port: int, user: str | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a server until the block ends."""
    process = subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"], **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        user=user,
    )
    try:
        wait_until(
            lambda: process.poll() is not None or answers(port), what=f"{command} listens on {port}"
        )
        if process.poll() is not None:
            pytest.fail(f"{command} ended: {process.communicate()[0]}")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE_SECONDS)


class Authority:
    """A certificate authority of the tests."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    @property
    def root(self) -> str:
        return self._authority.cert_pem.bytes().decode()

    def issue(self, *names: str) -> tuple[str, str]:
        """Return a certificate and its key, both in PEM."""
        issued = self._authority.issue_cert(*names, common_name=names[0])
        (certificate,) = issued.cert_chain_pems
        return certificate.bytes().decode(), issued.private_key_pem.bytes().decode()


@dataclass(frozen=True, kw_only=True)
class PostgreSQL:
    """A database server. By default it insists on TLS, as RDS does with `rds.force_ssl`."""

    port: int
    password: str

    def connect(self, name: str = "instandt") -> database.Connection:
        return database.connect(
            host="127.0.0.1", port=self.port, user="owner", password=self.password, database=name
        )

    def is_ready(self) -> bool:
        """Whether it takes connections, which it does a while after it has the port."""
        try:
            self.connect("postgres").close()
        except ConnectionError:
            return False
        return True

    def recreate(self) -> None:
        """Make the application's database empty."""
        connection = self.connect("postgres")
        connection.run("DROP DATABASE IF EXISTS instandt WITH (FORCE)")
        connection.run("CREATE DATABASE instandt")
        connection.close()


@contextmanager
def running_postgresql(authority: Authority, *, force_tls: bool = True) -> Iterator[PostgreSQL]:
    """Run PostgreSQL, as a user of its own where the tests run as root, which it refuses."""
    user = "postgres" if os.geteuid() == 0 else None
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    # Not under pytest's own directory, which only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="instandt-postgresql-") as name:
        directory = Path(name)
        password = secrets.token_urlsafe()
        certificate, key = authority.issue(DATABASE_HOST)
        for file, text in (
            ("password", password),
            ("server.crt", certificate),
            ("server.key", key),
        ):
            path = directory / file
            path.touch(mode=0o600)
            path.write_text(text)
        access = directory / "pg_hba.conf"
        kind = "hostssl" if force_tls else "host"
        access.write_text(f"{kind} all all 127.0.0.1/32 scram-sha-256\n")
        if user:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, user)
        initialize = [
            str(programs / "initdb"),
            f"--pgdata={directory / 'data'}",
            f"--pwfile={directory / 'password'}",
            "--username=owner",
            "--auth=scram-sha-256",
            "--no-sync",
        ]
        subprocess.run(initialize, check=True, capture_output=True, user=user, cwd=directory)
        port = free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": str(directory / "server.crt"),
            "ssl_key_file": str(directory / "server.key"),
            "hba_file": str(access),
        }
        command = [str(programs / "postgres"), "-D", str(directory / "data"), "-p", str(port)]
        for option, value in options.items():
            command += ["-c", f"{option}={value}"]
        with running(command, environment={}, port=port, user=user):
            server = PostgreSQL(port=port, password=password)
            wait_until(server.is_ready, what="PostgreSQL takes connections")
            yield server


@contextmanager
def running_aws() -> Iterator[dict[str, str]]:
    """Run an emulated AWS and lend the environment variables that lead to it."""
    port = free_port()
    emulator = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}
    with running([sys.executable, "-m", "ministack"], environment=emulator, port=port):
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }


def shimmed(addresses: Mapping[str, int]) -> dict[str, str]:
    """Return the environment in which "host:port" leads to a port of this machine."""
    return {
        "PYTHONPATH": os.pathsep.join((str(SHIM), str(ROOT))),
        "PYTHONUNBUFFERED": "1",
        "LOCAL_ADDRESSES": json.dumps(addresses),
    }


def migrate(postgresql: PostgreSQL, version: str) -> subprocess.CompletedProcess[str]:
    """Run the migration image of a version to its end."""
    return subprocess.run(
        [sys.executable, "-m", "local.images.migration"],
        env=shimmed({f"{DATABASE_HOST}:5432": postgresql.port})
        | {
            "IMAGE_TAG": version,
            "POSTGRES_HOST": DATABASE_HOST,
            "POSTGRES_USERNAME": "owner",
            "POSTGRES_PASSWORD": postgresql.password,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def trusting(authority: Authority) -> ssl.SSLContext:
    """Return a client's context that trusts nothing but the authority."""
    return ssl.create_default_context(cadata=authority.root)
