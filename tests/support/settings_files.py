"""Settings files for the tests, a line per key."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from instandt_cdk.settings import AcmeSettings, Settings, load
from tests.support import ROOT

GOOD: Mapping[str, str] = {
    "app_version": '"1.0.0"',
    "aws.account": '"222222222222"',
    "aws.region": '"eu-central-1"',
    "site.domain": '"instandt.example.com"',
    "site.internal_name": '"internal.instandt.example.com"',
    "site.hosted_zone_name": '"example.com"',
    "site.hosted_zone_id": '"Z0123456789ABCDEFGHIJ"',
    "acme.email": '"operations@example.com"',
    "registry.username": '"deploy-token"',
    "registry.project": '"group/project"',
    "application.email_sender": '"instandt@example.com"',
}
"""The least that an environment needs: dotted keys to their values, as TOML writes them."""


def of_project(environment: str) -> Mapping[str, str]:
    """The settings of one of the project's environments: dotted keys to their values, as TOML writes them."""
    text = (ROOT / "environments" / f"{environment}.toml").read_text()
    return dict(_dotted(tomllib.loads(text)))


def _dotted(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{path}{key}.")
        else:
            # TOML writes the values of settings as JSON does.
            yield f"{path}{key}", json.dumps(value)


def write(
    directory: Path, *changes: str, name: str = "site", base: Mapping[str, str] = GOOD
) -> Path:
    """Write settings with some keys changed.

    Args:
        directory: Where.
        changes: "KEY = VALUE" sets a key, "- KEY" removes it and everything below it.
        name: Of the environment.
        base: What is changed.
    """
    values = dict(base)
    for change in changes:
        if change.startswith("- "):
            gone = change[2:]
            values = {
                key: value
                for key, value in values.items()
                if key != gone and not key.startswith(f"{gone}.")
            }
        else:
            key, _, value = change.partition(" = ")
            values[key] = value
    file = directory / f"{name}.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in values.items()))
    return file


class SettingsFactory:
    """Makes settings that differ from the good ones."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, *changes: str) -> Settings:
        file = write(self._directory, *changes)
        return load(file.parent, file.stem)

    def acme(self, *changes: str) -> AcmeSettings:
        """Their section [acme]."""
        acme = self(*changes).acme
        assert acme
        return acme
