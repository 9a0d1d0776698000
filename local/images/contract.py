"""What every stand-in image has in common: its version, its environment, its way to fail."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

CONTRACT_BROKEN = 1
"""Exit code of a container whose environment is not what its contract says."""


def version() -> str:
    """Return the version of the image, which a real image has baked in."""
    return os.environ.get("IMAGE_TAG", "unknown")


def data_directory() -> Path:
    """Return the directory that outlives the container, which a real image has baked in."""
    return Path(os.environ.get("IMAGE_DATA_DIRECTORY", "/var/lib/instandt"))


def environment(image: str, names: Iterable[str]) -> Mapping[str, str]:
    """Return the variables of a contract; without one of them the container ends.

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


def whole_number(image: str, name: str, value: str) -> int:
    """Return a variable's value as a number; if it is none, the container ends."""
    if not value.isdecimal():
        stop(
            f"{image} {version()} cannot start: {name} is {value!r}, but must be a whole number",
            code=CONTRACT_BROKEN,
        )
    return int(value)


def stop(message: str, *, code: int) -> NoReturn:
    """End the container with a last log line and an exit code."""
    print(message, file=sys.stderr, flush=True)
    raise SystemExit(code)
