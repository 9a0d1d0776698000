"""One PostgreSQL server as RDS runs it: with TLS, a certificate, a master user and continuous backup."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pg8000.exceptions  # type: ignore[import-untyped]
import pg8000.native  # type: ignore[import-untyped]
import trustme

from local.emulator import processes
from local.emulator.postgresql_programs import DatabaseError, program, run
from local.emulator.processes import Processes

_ADDRESS = "127.0.0.1"
_UNPRIVILEGED = "postgres"
"""Debian's user for PostgreSQL, which refuses to run as root."""
_REACHABLE = "/tmp"  # noqa: S108 - that user may be unable to enter the project's directory
_SUPERUSER = "rdsadmin"
"""Whom RDS keeps for itself."""
_START_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.1


_SEGMENT_MIB = 1
"""The size of the files of the write-ahead log, each of which is copied when it is full."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What to recover: a server's backup as of a time, or as of a named point.

    The backup is the cluster when it was new, and the write-ahead log since then ("Continuous Archiving and
    Point-in-Time Recovery", PostgreSQL's manual).
    """

    backup: Path
    target: Mapping[str, str]
    """A setting of PostgreSQL: recovery_target_time with its zone, or recovery_target_name."""


@dataclass(kw_only=True)
class Server:
    """A server on 127.0.0.1. It lives as long as one emulator, so its files need not survive a crash."""

    port: int
    host: str
    """The endpoint's name, for the certificate."""
    user: str
    password: str = field(repr=False)
    """What the master of a new cluster begins with."""
    authority: trustme.CA
    """Issues the certificate."""
    force_tls: bool
    """Whether connections without TLS are refused."""
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _directory: Path = field(init=False, repr=False)
    _owner: str | None = field(
        default_factory=lambda: _UNPRIVILEGED if os.geteuid() == 0 else None, init=False
    )

    def start(self, children: Processes, moment: Moment | None = None) -> None:
        """Make or recover the cluster, start the server and wait until it takes a connection.

        Raises:
            DatabaseError: PostgreSQL is missing, or the server does not come up; names the log.
        """
        self._directory = Path(tempfile.mkdtemp(prefix="instandt-postgresql-", dir=_REACHABLE))
        if self._owner:
            shutil.chown(self._directory, self._owner, self._owner)
        self._write_files()
        if moment:
            self._run("cp", "--archive", str(moment.backup), str(self.backup))
            self._run("cp", "--archive", str(self.backup / "base"), str(self._data))
            self._run("touch", str(self._data / "recovery.signal"))
        else:
            self._make_cluster()
            self._run("mkdir", "--parents", str(self.backup / "wal"))
            self._run("cp", "--archive", str(self._data), str(self.backup / "base"))
        self._serve(children, moment.target if moment else {})
        if not moment:
            self._make_master()

    def rename(self, host: str, children: Processes) -> None:
        """Start again under another name, as RDS does: every connection ends."""
        self._end_process()
        self.host = host
        self._write_files()
        self._serve(children, {})

    def stop(self) -> None:
        """Stop at once, without waiting for clients ("fast" shutdown), and delete the files."""
        self._end_process()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def backup(self) -> Path:
        """Where the backup is, which ends with the server."""
        return self._directory / "backup"

    def back_up(self, name: str) -> None:
        """Make the backup complete up to now, a point that can be recovered by this name as well."""
        with contextlib.closing(self._connect()) as connection:
            connection.run("SELECT pg_create_restore_point(:name)", name=name)
            # Recovery to a time ends at the first commit after it, and fails without one.
            connection.run("SELECT pg_current_xact_id()")
            ((segment,),) = connection.run("SELECT pg_walfile_name(pg_switch_wal())")
            archived = "SELECT last_archived_wal >= :segment FROM pg_stat_archiver"
            deadline = time.monotonic() + _START_TIMEOUT_SECONDS
            while connection.run(archived, segment=segment) != [[True]]:
                if time.monotonic() > deadline:
                    raise DatabaseError(f"PostgreSQL does not archive {segment}: see {self.log}.")
                time.sleep(_POLL_SECONDS)

    def create_database(self, name: str) -> None:
        """Create a database of that name, unless it is there."""
        with contextlib.closing(self._connect()) as connection:
            if not connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
                owner = pg8000.native.identifier(self.user)
                connection.run(f"CREATE DATABASE {pg8000.native.identifier(name)} OWNER {owner}")

    def set_password(self, password: str) -> None:
        """Make this the master user's password."""
        with contextlib.closing(self._connect()) as connection:
            connection.run(
                f"ALTER ROLE {pg8000.native.identifier(self.user)} "
                f"PASSWORD {pg8000.native.literal(password)}"
            )

    def _make_master(self) -> None:
        """Make the master, who may make roles and databases, and is no superuser.

        Source: "Understanding the rds_superuser role", Amazon RDS User Guide.
        """
        master = pg8000.native.identifier(self.user)
        password = pg8000.native.literal(self.password)
        with contextlib.closing(self._connect()) as connection:
            for statement in (
                "CREATE ROLE rds_superuser NOLOGIN",
                "GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION",
                f"CREATE ROLE {master} LOGIN CREATEROLE CREATEDB PASSWORD {password}",
                f"GRANT rds_superuser TO {master}",
                f"ALTER DATABASE postgres OWNER TO {master}",
            ):
                connection.run(statement)

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def _serve(self, children: Processes, target: Mapping[str, str]) -> None:
        command = [program("postgres"), "-D", str(self._data)]
        for option, value in {**self._configuration(), **target}.items():
            command += ["-c", f"{option}={value}"]
        with self.log.open("ab") as log:
            self._process = children.start(
                command,
                environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                directory=self._directory,
                output=log,
                user=self._owner,
                signal_on_death=signal.SIGINT,
            )
        self._await_connection()

    def _end_process(self) -> None:
        if self._process:
            processes.stop(self._process, timeout_seconds=10, first=signal.SIGINT)

    def _connect(self) -> pg8000.native.Connection:
        """Connect as nobody else can: through a socket in the server's own directory, without a password."""
        socket = self._directory / f".s.PGSQL.{self.port}"
        return pg8000.native.Connection(_SUPERUSER, unix_sock=str(socket), database="postgres")

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

    def _write_files(self) -> None:
        """Write the certificate, and who may connect."""
        issued = self.authority.issue_cert(self.host, _ADDRESS)
        access = f"local all all trust\nhostssl all all {_ADDRESS}/32 scram-sha-256\n"
        if not self.force_tls:
            access += f"hostnossl all all {_ADDRESS}/32 scram-sha-256\n"
        self._write("server.crt", issued.cert_chain_pems[0].bytes())
        self._write("server.key", issued.private_key_pem.bytes())
        self._write("pg_hba.conf", access.encode())

    def _write(self, name: str, content: bytes) -> None:
        """Write a file for the owner only."""
        path = self._directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        if self._owner:
            shutil.chown(path, self._owner, self._owner)

    def _make_cluster(self) -> None:
        self._run(
            program("initdb"),
            f"--pgdata={self._data}",
            f"--username={_SUPERUSER}",
            "--auth=reject",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            f"--wal-segsize={_SEGMENT_MIB}",
        )

    def _run(self, *command: str) -> None:
        run(*command, directory=self._directory, user=self._owner)

    def _configuration(self) -> dict[str, str]:
        archive = self.backup / "wal"
        return {
            "listen_addresses": _ADDRESS,
            "port": str(self.port),
            "unix_socket_directories": str(self._directory),
            "archive_mode": "on",
            "archive_command": f"cp %p {archive}/%f",
            "restore_command": f"cp {archive}/%f %p",
            "recovery_target_action": "promote",
            # A connection shows that the recovery has ended.
            "hot_standby": "off",
            "ssl": "on",
            "ssl_cert_file": str(self._directory / "server.crt"),
            "ssl_key_file": str(self._directory / "server.key"),
            "hba_file": str(self._directory / "pg_hba.conf"),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
