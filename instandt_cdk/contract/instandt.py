"""instaNDT's three containers.

Source: instaNDT's documentation, "On-Premise Setup Guide", "Environment Variables".
"""

from dataclasses import dataclass

from instandt_cdk.contract.container import Container, Image, Need, Secret, WebServer
from instandt_cdk.settings import ServiceSettings, Settings

READER = "instandt_reader"
"""Whom people log in to the database as: it may read everything, cancel queries, and change no data."""

DATABASE_PORT = 5432
"""The database's port: PostgreSQL's own, since the migration's contract has no variable for it either."""

CONNECTION_STRING = (
    "Server={host};Database={database};Port={port};Userid={username};Password={password}"
)
"""The form of `POSTGRES_CONNECTION_STRING` in the documentation, which has no escape for its syntax."""

LONGEST_PAGE_SECONDS = 60
"""How long the frontend may take for a page."""

_GIB = 1024**3

_JWT_SECRETS = {"JWT_PAT_SECRET_KEY": Secret.JWT_PAT_KEY, "JWT_SECRET_KEY": Secret.JWT_KEY}


@dataclass(frozen=True, kw_only=True)
class Application:
    """All containers of the application."""

    migration: Container
    """Runs to its end before a new version of the services starts."""
    services: tuple[Container, ...]
    """Each may call those before it."""

    @property
    def containers(self) -> tuple[Container, ...]:
        """All of them, in the order in which they are started for the first time."""
        return (self.migration, *self.services)


def application(settings: Settings, *, database_host: str, media_bucket: str | None) -> Application:
    """Return instaNDT's containers as the settings want them.

    Args:
        settings: The environment's.
        database_host: PostgreSQL's name or address.
        media_bucket: The S3 bucket for media; None where they are kept in the backend's file system.
    """
    return Application(
        migration=_migration(settings, database_host=database_host),
        services=(_backend(settings, media_bucket=media_bucket), _frontend(settings)),
    )


def _frontend(settings: Settings) -> Container:
    """The frontend renders pages on its server, which calls the backend by the internal name."""
    return Container(
        name="frontend",
        image=_image(settings, "frontend"),
        cpu_units=settings.frontend.cpu,
        memory_mib=settings.frontend.memory_mib,
        read_only_root=settings.frontend.read_only_root,
        user=settings.frontend.user,
        environment={
            **_common(settings),
            "PUBLIC_ENDPOINT": _origin(settings),
            "PUBLIC_INTERNAL_ENDPOINT": f"https://{settings.site.internal_name}",
        },
        secrets=_JWT_SECRETS,
        needs=frozenset({Need.API}),
        web_server=_web_server(
            settings.frontend,
            path_pattern="/*",
            priority=20,
            longest_request_seconds=LONGEST_PAGE_SECONDS,
        ),
    )


def _backend(settings: Settings, *, media_bucket: str | None) -> Container:
    """The backend serves the API from the database and keeps media in a bucket or, without, in files."""
    application = settings.application
    storage = (
        {"S3_BUCKET": media_bucket, "STORAGE_MODE": "s3"}
        if media_bucket
        else {"STORAGE_MODE": "local"}
    )
    return Container(
        name="backend",
        image=_image(settings, "backend"),
        cpu_units=settings.backend.cpu,
        memory_mib=settings.backend.memory_mib,
        read_only_root=settings.backend.read_only_root,
        user=settings.backend.user,
        environment={
            **_common(settings),
            "EMAIL_SENDER": application.email_sender,
            "EMAIL_TOKEN_EXPIRY_DURATION_SECS": str(application.email_token_seconds),
            **storage,
            "VERIFY_EMAIL_TOKEN_EXPIRY_DURATION_SECS": str(application.email_verification_seconds),
        },
        secrets={**_JWT_SECRETS, "POSTGRES_CONNECTION_STRING": Secret.CONNECTION_STRING},
        needs=frozenset({Need.DATABASE, Need.MEDIA, Need.MAIL}),
        web_server=_web_server(
            settings.backend,
            path_pattern="/api/*",
            priority=10,
            longest_request_seconds=application.longest_upload_minutes * 60,
        ),
    )


def _migration(settings: Settings, *, database_host: str) -> Container:
    """The migration brings the database's schema to the image's version and exits."""
    return Container(
        name="migration",
        image=_image(settings, "migration"),
        cpu_units=settings.migration.cpu,
        memory_mib=settings.migration.memory_mib,
        read_only_root=settings.migration.read_only_root,
        user=settings.migration.user,
        environment={"POSTGRES_HOST": database_host},
        secrets={
            "POSTGRES_USERNAME": Secret.DATABASE_USERNAME,
            "POSTGRES_PASSWORD": Secret.DATABASE_PASSWORD,
        },
        needs=frozenset({Need.DATABASE}),
    )


def _image(settings: Settings, container: str) -> Image:
    registry = settings.registry
    return Image(
        name=registry.image_names[container],
        reference=registry.image_digests.get(container, settings.app_version),
    )


def _web_server(
    settings: ServiceSettings, *, path_pattern: str, priority: int, longest_request_seconds: int
) -> WebServer:
    return WebServer(
        port=settings.port,
        health_path=settings.health_path,
        health_codes=settings.health_codes,
        longest_request_seconds=longest_request_seconds,
        path_pattern=path_pattern,
        priority=priority,
        minimum_copies=settings.desired_count,
        maximum_copies=settings.maximum_count,
    )


def _origin(settings: Settings) -> str:
    """The site's address in the browser, without a path."""
    return f"https://{settings.site.domain}"


def _common(settings: Settings) -> dict[str, str]:
    """What frontend and backend are both told."""
    application, site = settings.application, settings.site
    return {
        "CI_ENVIRONMENT_SLUG": settings.environment,
        "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES": str(application.storage_limit_gib * _GIB),
        "ORIGIN": _origin(settings),
        "PUBLIC_COMMIT_HASH": application.commit_hash,
        "PUBLIC_COOKIE_DOMAIN": site.cookie_domain or site.domain,
        "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB": str(application.upload_limit_mib),
        "PUBLIC_VERSION_STRING": settings.app_version,
        "USE_GRAFANA_LOKI_LOGGER": str(application.grafana_loki).lower(),
    }
