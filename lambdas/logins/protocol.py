"""What the stack tells the function, and what both know by name."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from custom_resource import Properties

OWNER = "instandt"
"""The role without login that owns the database and everything in it."""

LOGINS = ("instandt_a", "instandt_b")
"""The logins that alternate. Each acts as the owner."""

CONNECTION_STRING = "connection_string"
"""The secret's key for the connection string. The others are those of Secrets Manager's own functions ("JSON
structure of Secrets Manager secrets", AWS Secrets Manager User Guide)."""

REPAIR = "Repair"
"""The RequestType of the event that gives the logins the passwords in the secret again, after a restore."""


@dataclass(frozen=True, kw_only=True)
class LoginsRequest(Properties):
    """The custom resource's properties. When one changes, the logins are looked after again."""

    instance: str
    database: str
    host: str


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The function's environment variables. A rotation's event names the secret only."""

    secret_arn: str
    """Of the logins."""
    instance: str
    """The DB instance's identifier."""
    database: str
    """The database's name in it."""
    cluster: str
    """The ECS cluster whose services use the secret."""
    reader: str
    """The login that may only read."""
    connection_string: str
    """The form that the application wants, with {host}, {port}, {database}, {username} and {password}."""

    def to_environment(self) -> dict[str, str]:
        """Return the environment variables."""
        return {field.name.upper(): getattr(self, field.name) for field in fields(self)}

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the environment variables.

        Raises:
            KeyError: One is missing.
        """
        return cls(**{field.name: environment[field.name.upper()] for field in fields(cls)})
