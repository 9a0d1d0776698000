"""What all stand-in images have in common: their version, their environment, how they refuse to start."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

CONTRACT_BROKEN = 1
"""Exit code of a container whose environment is not what its contract says."""

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


def data_directory() -> Path:
    """Return the directory that outlives the container, which a real image has built in."""
    return Path(os.environ.get("IMAGE_DATA_DIRECTORY", "/var/lib/instandt"))


def environment(image: str, names: Iterable[str]) -> Mapping[str, str]:
    """Return the variables of a contract; if one is missing, the container ends.

    Args:
        image: The image's name, for the message.
        names: Every variable that the contract of the image names.
    """
    wanted = set(names)
    missing = sorted(wanted - os.environ.keys())
    if missing:
        stop(
            f"{image} {version()} cannot start: set the environment variables {', '.join(missing)}",
            code=CONTRACT_BROKEN,
        )
    return {name: os.environ[name] for name in wanted}


def upload_limit_mebibytes(image: str) -> int:
    """Return the size of the largest upload; if it is no number, the container ends."""
    value = os.environ[UPLOAD_LIMIT]
    if not value.isdecimal():
        stop(
            f"{image} {version()} cannot start:"
            f" {UPLOAD_LIMIT} is {value!r}, but must be a whole number",
            code=CONTRACT_BROKEN,
        )
    return int(value)


def stop(message: str, *, code: int) -> NoReturn:
    """End the container with a last log line and an exit code."""
    print(message, file=sys.stderr, flush=True)
    raise SystemExit(code)
