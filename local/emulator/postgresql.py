"""One PostgreSQL server as RDS runs it: with TLS, its own certificate and a master user."""

import contextlib
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pg8000.exceptions  # type: ignore[import-untyped]
import pg8000.native  # type: ignore[import-untyped]
import trustme

from local.emulator import processes
from local.emulator.processes import Processes

_ADDRESS = "127.0.0.1"
_PROGRAMS = Path("/usr/lib/postgresql")
_UNPRIVILEGED = "postgres"
"""Debian's user for PostgreSQL, which refuses to run as root."""
_REACHABLE = "/tmp"  # noqa: S108 - that user may be unable to enter the project's directory
_START_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.1


class DatabaseError(RuntimeError):
    """PostgreSQL is missing or does not start."""


@dataclass(kw_only=True)
class Server:
    """A server on 127.0.0.1. It lives as long as one emulator, so its files need not survive a crash."""

    port: int
    host: str
    """The endpoint's name, for the certificate."""
    user: str
    password: str = field(repr=False)
    force_tls: bool
    """Whether connections without TLS are refused."""
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _directory: Path = field(init=False, repr=False)
    _trust: ssl.SSLContext = field(
        default_factory=ssl.create_default_context, init=False, repr=False
    )

    def start(self, children: Processes) -> None:
        """Make the cluster, start the server and wait until it takes a connection.

        Raises:
            DatabaseError: PostgreSQL is missing, or the server does not come up; names the log.
        """
        self._directory = Path(tempfile.mkdtemp(prefix="instandt-postgresql-", dir=_REACHABLE))
        owner = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._write_files(owner)
        self._make_cluster(owner)
        command = [str(_program("postgres")), "-D", str(self._directory / "data")]
        for option, value in self._configuration().items():
            command += ["-c", f"{option}={value}"]
        with self.log.open("wb") as log:
            self._process = children.start(
                command,
                environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                directory=self._directory,
                output=log,
                user=owner,
                signal_on_death=signal.SIGINT,
            )
        self._await_connection()

    def stop(self) -> None:
        """Stop at once, without waiting for clients ("fast" shutdown), and delete the files."""
        if self._process:
            processes.stop(self._process, timeout_seconds=10, first=signal.SIGINT)
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
        return pg8000.native.Connection(
            self.user,
            host=_ADDRESS,
            port=self.port,
            database="postgres",
            password=self.password,
            ssl_context=self._trust,
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
            f"PostgreSQL takes no connection on {_ADDRESS}:{self.port}: see {self.log}, "
            "and whether something else listens there."
        )

    def _write_files(self, owner: str | None) -> None:
        """Write the certificate, the master user's password and who may connect, for the owner only."""
        authority = trustme.CA()
        authority.configure_trust(self._trust)
        issued = authority.issue_cert(self.host, _ADDRESS)
        access = f"hostssl all all {_ADDRESS}/32 scram-sha-256\n"
        if not self.force_tls:
            access += f"hostnossl all all {_ADDRESS}/32 scram-sha-256\n"
        files = {
            "server.crt": issued.cert_chain_pems[0].bytes(),
            "server.key": issued.private_key_pem.bytes(),
            "password": self.password.encode(),
            "pg_hba.conf": access.encode(),
        }
        for name, content in files.items():
            path = self._directory / name
            path.touch(mode=0o600)
            path.write_bytes(content)
        if owner:
            for path in (self._directory, *self._directory.iterdir()):
                shutil.chown(path, owner, owner)

    def _make_cluster(self, owner: str | None) -> None:
        made = subprocess.run(
            [
                str(_program("initdb")),
                f"--pgdata={self._directory / 'data'}",
                f"--username={self.user}",
                f"--pwfile={self._directory / 'password'}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            cwd=self._directory,
            user=owner,
            group=owner,
            extra_groups=[] if owner else None,
            capture_output=True,
            text=True,
            check=False,
        )
        (self._directory / "password").unlink()
        if made.returncode:
            raise DatabaseError(f"initdb failed: {made.stderr.strip()}")

    def _configuration(self) -> dict[str, str]:
        return {
            "listen_addresses": _ADDRESS,
            "port": str(self.port),
            "unix_socket_directories": "",
            "ssl": "on",
            "ssl_cert_file": str(self._directory / "server.crt"),
            "ssl_key_file": str(self._directory / "server.key"),
            "hba_file": str(self._directory / "pg_hba.conf"),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }


def _program(name: str) -> Path:
    """The newest installed PostgreSQL's program.

    Raises:
        DatabaseError: there is none.
    """
    found = sorted(_PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise DatabaseError(f"no {name} below {_PROGRAMS}: install Debian's postgresql.")
    return found[-1]
