"""What the emulated AWS logged of the permissions that roles asked for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Decision:
    """A call of a role, and whether its policies allowed it."""

    role: str
    action: str
    resource: str
    allowed: bool


def read(log: Path) -> Iterator[Decision]:
    """Return all decisions in a log of `local.emulator.roles`."""
    for line in log.read_text().splitlines():
        yield Decision(**json.loads(line))
