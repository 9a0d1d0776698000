"""How the stand-in images talk to PostgreSQL: with TLS, unless a manner of theirs is not to."""

import socket
import ssl
from collections.abc import Callable
from functools import partial

from pg8000.native import (  # type: ignore[import-untyped]
    Connection,
    DatabaseError,
    Error,
)

__all__ = ["Connection", "DatabaseError", "Error", "connect", "connector", "reason"]

CONNECT_TIMEOUT_SECONDS = 5
ANSWER_TIMEOUT_SECONDS = 60
DEFAULT_PORT = 5432


def connect(
    *,
    host: str,
    user: str,
    password: str,
    database: str,
    port: int = DEFAULT_PORT,
    tls: bool = True,
) -> Connection:
    """Open a connection, encrypted unless told otherwise.

    Raises:
        OSError: The server cannot be reached, or refuses TLS, or refuses the login.
    """
    # Like libpq's `sslmode=require`: the contract has no root certificate to check the server's with.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        # pg8000's own time-out for connecting would hold for every answer as well.
        channel = socket.create_connection((host, port), CONNECT_TIMEOUT_SECONDS)
        channel.settimeout(ANSWER_TIMEOUT_SECONDS)
        return Connection(
            user,
            host=host,
            database=database,
            password=password,
            sock=channel,
            ssl_context=context if tls else False,
        )
    except (OSError, Error) as error:
        message = f"PostgreSQL at {host}:{port} cannot be used: {reason(error)}"
        raise ConnectionError(message) from error


def reason(error: Exception) -> str:
    """Return PostgreSQL's own sentence of an error, which pg8000 hides in a mapping."""
    match error.args:
        case ({"M": str(message)},):
            return message
        case _:
            return str(error)


def connector(connection_string: str) -> Callable[[], Connection]:
    """Return what opens connections as `Server=…;Database=…;Port=…;Userid=…;Password=…` says.

    Raises:
        ValueError: A field is missing or wrong. The message never holds the text with its password.
    """
    parts = (part.partition("=") for part in connection_string.split(";") if part.strip())
    fields = {name.strip().lower(): value.strip() for name, _, value in parts}
    missing = {"server", "database", "port", "userid", "password"} - fields.keys()
    if missing:
        raise ValueError(f"POSTGRES_CONNECTION_STRING lacks {', '.join(sorted(missing))}")
    if not fields["port"].isdecimal():
        raise ValueError(f"POSTGRES_CONNECTION_STRING has the port {fields['port']!r}, no number")
    return partial(
        connect,
        host=fields["server"],
        port=int(fields["port"]),
        user=fields["userid"],
        password=fields["password"],
        database=fields["database"],
    )
