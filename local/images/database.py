"""How the stand-in images talk to PostgreSQL: always with TLS."""

import socket
import ssl
from collections.abc import Mapping

from pg8000.native import (  # type: ignore[import-untyped]
    Connection,
    DatabaseError,
    Error,
)

__all__ = ["Connection", "DatabaseError", "Error", "connect", "parse_connection_string", "reason"]

CONNECT_TIMEOUT_SECONDS = 5
ANSWER_TIMEOUT_SECONDS = 60
DEFAULT_PORT = 5432


def connect(
    *, host: str, user: str, password: str, database: str, port: int = DEFAULT_PORT
) -> Connection:
    """Open an encrypted connection.

    Raises:
        OSError: The server cannot be reached, or refuses TLS, or refuses the login.
    """
    # As libpq's `sslmode=require` does: encrypted or nothing. The contract hands over no root
    # certificate to check the server against.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        # pg8000 would apply the time-out of connecting to every answer as well.
        channel = socket.create_connection((host, port), CONNECT_TIMEOUT_SECONDS)
        channel.settimeout(ANSWER_TIMEOUT_SECONDS)
        return Connection(
            user=user,
            password=password,
            host=host,
            database=database,
            sock=channel,
            ssl_context=context,
        )
    except (OSError, Error) as error:
        raise ConnectionError(
            f"PostgreSQL at {host}:{port} cannot be used: {reason(error)}"
        ) from error


def reason(error: Exception) -> str:
    """Return PostgreSQL's own sentence of an error, which pg8000 hides in a mapping."""
    match error.args:
        case ({"M": str(message)},):
            return message
        case _:
            return str(error)


def parse_connection_string(text: str) -> Mapping[str, str]:
    """Take apart `Server=…;Database=…;Port=…;Userid=…;Password=…`.

    Returns:
        The fields by their name in lower case.

    Raises:
        ValueError: A field is missing; the message names it and never shows the text, which holds
            the password.
    """
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (part.partition("=") for part in text.split(";") if part.strip())
    }
    missing = {"server", "database", "port", "userid", "password"} - fields.keys()
    if missing:
        raise ValueError(f"POSTGRES_CONNECTION_STRING lacks {', '.join(sorted(missing))}")
    if not fields["port"].isdecimal():
        raise ValueError(f"POSTGRES_CONNECTION_STRING has the port {fields['port']!r}, no number")
    return fields
