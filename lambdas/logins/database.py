"""Connections to the database, as its master and as a login."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pg8000.exceptions  # type: ignore[import-untyped]
import pg8000.native  # type: ignore[import-untyped]

from logins.deadline import Deadline
from logins.errors import LoginsError
from logins.login import Login

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

RUNTIMES_AUTHORITIES = Path("/var/runtime/ca-cert.pem")
"""Authorities that Lambda's runtimes bring besides the system's, RDS's among them ("SSL/TLS requirements for
Amazon RDS connections", AWS Lambda Developer Guide). Secrets Manager's own functions find RDS's among the
system's (aws-samples/aws-secrets-manager-rotation-lambdas)."""

LOCK = 7_369_613
"""The advisory lock on which two runs wait for each other; any number will do."""

TIMEOUT_SECONDS = 30
LOCK_SECONDS = 20
"""For a lock. The connection waits longer for an answer, so PostgreSQL says what it was."""

PAUSE_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class Instance:
    """The DB instance as RDS knows it now: a restore changes what is behind its name."""

    host: str
    port: int
    master: str
    master_secret_arn: str = field(repr=False)

    @classmethod
    def find(cls, identifier: str) -> "Instance":
        """Ask RDS.

        Raises:
            LoginsError: RDS does not keep the master's password.
        """
        (found,) = boto3.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)[
            "DBInstances"
        ]
        return cls(
            host=found["Endpoint"]["Address"],
            port=found["Endpoint"]["Port"],
            master=found["MasterUsername"],
            master_secret_arn=_master_secret(found, identifier),
        )

    def master_password(self) -> str:
        """Return the master's password of today; RDS rotates it by itself."""
        client = boto3.client("secretsmanager")
        value = client.get_secret_value(SecretId=self.master_secret_arn)["SecretString"]
        return str(json.loads(value)["password"])


def _master_secret(found: "DBInstanceTypeDef", identifier: str) -> str:
    arn = found.get("MasterUserSecret", {}).get("SecretArn")
    if not arn:
        raise LoginsError(
            f"RDS does not keep the master's password of {identifier}: give it back with aws rds "
            f"modify-db-instance --db-instance-identifier {identifier} --manage-master-user-password "
            "--apply-immediately."
        )
    return arn


@contextmanager
def as_master(
    instance: Instance, *, database: str, deadline: Deadline
) -> Iterator[pg8000.native.Connection]:
    """Connect as the master, and keep other runs waiting meanwhile.

    Raises:
        LoginsError: The database cannot be reached before the deadline, or another run does not end.
    """
    connection = _connect_as_master(instance, database, deadline)
    try:
        connection.run(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        _await_turn(connection)
        yield connection
    finally:
        connection.close()


def _await_turn(connection: pg8000.native.Connection) -> None:
    try:
        connection.run("SELECT pg_advisory_lock(:lock)", lock=LOCK)
    except pg8000.exceptions.DatabaseError as error:
        raise LoginsError(
            f"Another run has been at the database's logins for {LOCK_SECONDS} s; try again when it has "
            f"ended: {reason(error)}"
        ) from None


def _connect_as_master(
    instance: Instance, database: str, deadline: Deadline
) -> pg8000.native.Connection:
    while True:
        login = Login(
            host=instance.host,
            port=instance.port,
            database=database,
            username=instance.master,
            # It is read each time: RDS may have rotated it just now.
            password=instance.master_password(),
        )
        try:
            return connect(login)
        except (OSError, pg8000.exceptions.Error) as error:
            # A failover takes a minute or two. A certificate that nobody trusts stays so.
            if isinstance(error, ssl.SSLCertVerificationError) or deadline.is_near:
                raise LoginsError(
                    f"The database {instance.host} cannot be used as its master: {reason(error)}"
                ) from None
        time.sleep(PAUSE_SECONDS)


def connect(login: Login) -> pg8000.native.Connection:
    """Open a connection, and make sure that the server is who it says it is."""
    trusted = ssl.create_default_context()
    if RUNTIMES_AUTHORITIES.exists():
        trusted.load_verify_locations(RUNTIMES_AUTHORITIES)
    return pg8000.native.Connection(
        login.username,
        host=login.host,
        port=login.port,
        database=login.database,
        password=login.password,
        ssl_context=trusted,
        timeout=TIMEOUT_SECONDS,
        application_name="instandt-logins",
    )


def reason(error: Exception) -> str:
    """Return PostgreSQL's own sentence of an error, which pg8000 hides in a mapping."""
    match error.args:
        case ({"M": str(message)},):
            return message
        case _:
            return str(error)
