"""One PostgreSQL server as RDS runs it: with TLS, its own certificate and a master user."""

from __future__ import annotations

import contextlib
import datetime
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pg8000.exceptions  # type: ignore[import-untyped]
import pg8000.native  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.emulator import processes

if TYPE_CHECKING:
    from local.emulator.processes import Processes

_PROGRAMS = Path("/usr/lib/postgresql")
_UNPRIVILEGED = "postgres"
_REACHABLE = "/tmp"  # noqa: S108 - the unprivileged user may be unable to enter the project's directory
_START_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.1


class DatabaseError(RuntimeError):
    """The server cannot be had."""


@dataclass(kw_only=True)
class Server:
    """A server on 127.0.0.1; it exists for one emulator, so what it writes need not survive a power cut."""

    port: int
    host: str
    """The name in the certificate: the endpoint's."""
    user: str
    password: str = field(repr=False)
    force_tls: bool
    """Whether connections without TLS are refused."""
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _directory: Path = field(init=False, repr=False)

    def start(self, children: Processes) -> None:
        """Make the cluster, start the server and wait until it takes a connection.

        Raises:
            DatabaseError: PostgreSQL is missing, or the server does not come up; names the log.
        """
        self._directory = Path(tempfile.mkdtemp(prefix="instandt-postgresql-", dir=_REACHABLE))
        owner = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._initialise(owner)
        with self.log.open("wb") as log:
            self._process = children.start(
                [str(_program("postgres")), "-D", str(self._directory / "data")],
                environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                directory=self._directory,
                output=log,
                user=owner,
                signal_on_death=signal.SIGINT,
            )
        self._await_connection()

    def stop(self) -> None:
        """Stop at once, without waiting for clients ("fast" shutdown)."""
        if self._process:
            processes.stop(self._process, timeout_seconds=10, first=signal.SIGINT)

    def remove(self) -> None:
        """Delete the files."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def create_database(self, name: str) -> None:
        """Create a database of that name, unless it is there."""
        with contextlib.closing(self._connect()) as connection:
            if not connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
                connection.run(f"CREATE DATABASE {pg8000.native.identifier(name)}")

    def set_password(self, password: str) -> None:
        """Make this the master user's password, when it is another."""
        if password == self.password:
            return
        with contextlib.closing(self._connect()) as connection:
            connection.run(
                f"ALTER ROLE {pg8000.native.identifier(self.user)} "
                f"PASSWORD {pg8000.native.literal(password)}"
            )
        self.password = password

    def _connect(self) -> pg8000.native.Connection:
        context = ssl.create_default_context(cafile=str(self._directory / "server.crt"))
        context.check_hostname = (
            False  # it is reached at 127.0.0.1 under its endpoint's certificate
        )
        return pg8000.native.Connection(
            self.user,
            host="127.0.0.1",
            port=self.port,
            database="postgres",
            password=self.password,
            ssl_context=context,
        )

    def _await_connection(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            try:
                self._connect().close()
            except (OSError, pg8000.exceptions.Error):
                time.sleep(_POLL_SECONDS)
            else:
                return
        raise DatabaseError(
            f"PostgreSQL takes no connection on 127.0.0.1:{self.port}: see {self.log}, "
            "and whether something else listens there."
        )

    def _initialise(self, owner: str | None) -> None:
        """Write cluster, certificate and configuration, and hand them to the owner."""
        password_file = self._directory / "password"
        password_file.write_text(self.password, encoding="utf-8")
        key, certificate = _make_certificate(self.host)
        (self._directory / "server.key").write_bytes(key)
        (self._directory / "server.key").chmod(0o600)
        (self._directory / "server.crt").write_bytes(certificate)
        if owner:
            account = pwd.getpwnam(owner)
            for path in (self._directory, *self._directory.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        data = self._directory / "data"
        made = subprocess.run(
            [
                *(
                    ["setpriv", "--reuid", owner, "--regid", owner, "--clear-groups"]
                    if owner
                    else []
                ),
                str(_program("initdb")),
                f"--pgdata={data}",
                f"--username={self.user}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        password_file.unlink()
        if made.returncode:
            raise DatabaseError(f"initdb failed: {made.stderr.strip()}")
        plain = "" if self.force_tls else "hostnossl all all 127.0.0.1/32 scram-sha-256\n"
        (data / "pg_hba.conf").write_text(
            f"hostssl all all 127.0.0.1/32 scram-sha-256\n{plain}", encoding="utf-8"
        )
        with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\n"
                "unix_socket_directories = ''\n"
                f"ssl = on\nssl_cert_file = '{self._directory}/server.crt'\n"
                f"ssl_key_file = '{self._directory}/server.key'\n"
                "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
            )


def _program(name: str) -> Path:
    """The newest installed PostgreSQL's program.

    Raises:
        DatabaseError: there is none.
    """
    found = sorted(_PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise DatabaseError(f"no {name} below {_PROGRAMS}: install Debian's postgresql.")
    return found[-1]


def _make_certificate(host: str) -> tuple[bytes, bytes]:
    """A key and a self-signed certificate for the host, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )
