"""What all stand-in images have in common: their version, their environment, how they refuse to start."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

UPLOAD_LIMIT = "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB"
SERVICE_VARIABLES = (
    "CI_ENVIRONMENT_SLUG",
    "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES",
    "JWT_PAT_SECRET_KEY",
    "JWT_SECRET_KEY",
    "ORIGIN",
    "PUBLIC_COMMIT_HASH",
    "PUBLIC_COOKIE_DOMAIN",
    UPLOAD_LIMIT,
    "PUBLIC_VERSION_STRING",
    "USE_GRAFANA_LOKI_LOGGER",
)
"""The variables that the contracts of frontend and backend share."""


def version() -> str:
    """Return the image's version, which a real image has built in."""
    return os.environ.get("IMAGE_TAG", "unknown")


def has_manner(manner: str) -> bool:
    """Whether this version behaves in another manner than usual, as some vendor's image may.

    The version names its manners behind the number, each after a hyphen: 2.0.0-login-plain. Each image's
    program says which it has.
    """
    return manner in version().split("-")[1:]


def data_directory() -> Path:
    """Return the directory that outlives the container, which a real image has built in."""
    return Path(os.environ.get("IMAGE_DATA_DIRECTORY", "/var/lib/instandt"))


def environment(image: str, names: Iterable[str]) -> Mapping[str, str]:
    """Return the variables that an image's contract names; if one is missing, the container ends."""
    wanted = set(names)
    if missing := sorted(wanted - os.environ.keys()):
        raise refusal(image, f"set the environment variables {', '.join(missing)}")
    return {name: os.environ[name] for name in wanted}


def upload_limit_mebibytes(image: str) -> int:
    """Return the size of the largest upload; if it is no number, the container ends."""
    value = os.environ[UPLOAD_LIMIT]
    if not value.isdecimal():
        raise refusal(image, f"{UPLOAD_LIMIT} is {value!r}, but must be a whole number")
    return int(value)


def refusal(image: str, reason: str) -> SystemExit:
    """Return the exception that ends the container with the reason on stderr and exit code 1."""
    return SystemExit(f"{image} {version()} cannot start: {reason}")
