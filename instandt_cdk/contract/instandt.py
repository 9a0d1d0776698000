"""The application contract: what instaNDT's three containers need, on any platform.

Source: instaNDT's documentation, "On-Premise Setup Guide", "Environment Variables". Nothing here knows
of AWS, and nothing else names the containers' environment variables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

DATABASE = "instandt"
"""The database's name: the migration's contract has no variable for it."""

DATABASE_PORT = 5432
"""The database's port: PostgreSQL's own, since the migration's contract has no variable for it either."""

CONNECTION_STRING_SYNTAX = ";='\"{} \\"
"""Characters that a value of the connection string must not contain."""


class Secret(StrEnum):
    """The confidential values; a platform keeps each in its own vault."""

    JWT_KEY = "jwt-key"
    JWT_PAT_KEY = "jwt-pat-key"
    CONNECTION_STRING = "connection-string"
    DATABASE_USERNAME = "database-username"
    DATABASE_PASSWORD = "database-password"  # noqa: S105 - a name


@dataclass(frozen=True, kw_only=True)
class Container:
    """One of the containers: its plain environment variables and the secrets among them."""

    name: str
    environment: Mapping[str, str]
    secrets: Mapping[str, Secret]


@dataclass(frozen=True, kw_only=True)
class Site:
    """What frontend and backend are both told."""

    environment: str
    version: str
    commit_hash: str
    domain: str
    internal_name: str
    cookie_domain: str
    upload_limit_mib: int
    storage_limit_bytes: int
    grafana_loki: bool

    @property
    def origin(self) -> str:
        """The address in the browser, without a path."""
        return f"https://{self.domain}"

    def _environment(self) -> dict[str, str]:
        return {
            "CI_ENVIRONMENT_SLUG": self.environment,
            "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES": str(self.storage_limit_bytes),
            "ORIGIN": self.origin,
            "PUBLIC_COMMIT_HASH": self.commit_hash,
            "PUBLIC_COOKIE_DOMAIN": self.cookie_domain,
            "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB": str(self.upload_limit_mib),
            "PUBLIC_VERSION_STRING": self.version,
            "USE_GRAFANA_LOKI_LOGGER": str(self.grafana_loki).lower(),
        }


_JWT_SECRETS = {"JWT_PAT_SECRET_KEY": Secret.JWT_PAT_KEY, "JWT_SECRET_KEY": Secret.JWT_KEY}


def frontend(site: Site) -> Container:
    """The frontend renders pages on its server, which calls the backend by the internal name."""
    return Container(
        name="frontend",
        environment={
            **site._environment(),
            "PUBLIC_ENDPOINT": site.origin,
            "PUBLIC_INTERNAL_ENDPOINT": f"https://{site.internal_name}",
        },
        secrets=_JWT_SECRETS,
    )


def backend(
    site: Site,
    *,
    bucket: str | None,
    email_sender: str,
    email_token_seconds: int,
    email_verification_seconds: int,
) -> Container:
    """The backend serves the API from the database and keeps images in a bucket or, without, in files."""
    storage = {"S3_BUCKET": bucket, "STORAGE_MODE": "s3"} if bucket else {"STORAGE_MODE": "local"}
    return Container(
        name="backend",
        environment={
            **site._environment(),
            "EMAIL_SENDER": email_sender,
            "EMAIL_TOKEN_EXPIRY_DURATION_SECS": str(email_token_seconds),
            **storage,
            "VERIFY_EMAIL_TOKEN_EXPIRY_DURATION_SECS": str(email_verification_seconds),
        },
        secrets={**_JWT_SECRETS, "POSTGRES_CONNECTION_STRING": Secret.CONNECTION_STRING},
    )


def migration(*, database_host: str) -> Container:
    """The migration brings the database's schema to the image's version and exits."""
    return Container(
        name="migration",
        environment={"POSTGRES_HOST": database_host},
        secrets={
            "POSTGRES_USERNAME": Secret.DATABASE_USERNAME,
            "POSTGRES_PASSWORD": Secret.DATABASE_PASSWORD,
        },
    )


def connection_string(*, host: str, port: str, username: str, password: str) -> str:
    """Compose `POSTGRES_CONNECTION_STRING` in the form that the documentation gives.

    The values must be free of `CONNECTION_STRING_SYNTAX`: the form has no escape for it.
    """
    return f"Server={host};Database={DATABASE};Port={port};Userid={username};Password={password}"
