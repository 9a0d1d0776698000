"""How long CloudFormation typically takes to make a resource."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("typical.toml")
ANY = "any"
"""Stands for any value of a property, in `when`."""
ASSUMED = "assumed"
"""How a source begins that is none."""


class Duration(BaseModel):
    """A row of the file, which explains the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minutes: float
    changed: float | None = None
    """Minutes for a change; None where it takes no longer than with others."""
    name: str | None = None
    """What it is called; None for the rows that stand for several types."""
    source: str
    date: dt.date | None = None
    when: Mapping[str, Any] = {}

    def fits(self, properties: Mapping[str, Any]) -> bool:
        """Whether it is for a resource with these properties."""
        return all(
            name in properties if value == ANY else properties.get(name) == value
            for name, value in self.when.items()
        )


def duration(kind: str, properties: Mapping[str, Any]) -> Duration:
    """Return the row for a resource.

    Args:
        kind: Its type, such as "AWS::RDS::DBInstance".
        properties: As its template has them.
    """
    for row in rows().get(kind, ()):
        if row.fits(properties):
            return row
    return others()


@cache
def rows() -> Mapping[str, list[Duration]]:
    """The rows by type; the first one that fits counts."""
    return {
        kind: [Duration.model_validate(row) for row in listed]
        for kind, listed in _file().items()
        if isinstance(listed, list)
    }


@cache
def others() -> Duration:
    """The row for all types without one of their own."""
    return Duration.model_validate(_file()["others"])


@cache
def beginning() -> Duration:
    """What passes before CloudFormation begins with a stack's resources."""
    return Duration.model_validate(_file()["stack"])


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
