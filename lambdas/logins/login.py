"""What one login needs, all in one secret: no part of it can go stale alone."""

import json
import secrets
import string
from dataclasses import dataclass, field
from typing import Self

from logins.protocol import CONNECTION_STRING, LOGINS

_ALPHABET = string.ascii_letters + string.digits
"""Nothing that a connection string or a shell would take for its syntax."""

_PASSWORD_LENGTH = 40


def new_password() -> str:
    """Return a random password of 238 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login to the database: where, as whom, and how."""

    host: str
    port: int
    database: str
    username: str
    password: str = field(repr=False)

    @property
    def other(self) -> str:
        """The name of the login that this one alternates with."""
        return next(name for name in LOGINS if name != self.username)

    def to_secret(self, connection_string: str) -> str:
        """Return the secret's value.

        Args:
            connection_string: The form of the connection string.
        """
        named = {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
        }
        whole = connection_string.format(**named, database=self.database)
        return json.dumps(
            {"engine": "postgres", **named, "dbname": self.database, CONNECTION_STRING: whole}
        )

    @classmethod
    def from_secret(cls, value: str) -> Self:
        """Read a secret's value.

        Raises:
            KeyError, ValueError: It holds something else.
        """
        found = json.loads(value)
        return cls(
            host=found["host"],
            port=int(found["port"]),
            database=found["dbname"],
            username=found["username"],
            password=found["password"],
        )
