"""Settings files for the tests, a line per key."""

from collections.abc import Mapping
from pathlib import Path

from instandt_cdk.settings import AcmeSettings, Settings, load

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


def write(directory: Path, *changes: str, name: str = "site") -> Path:
    """Write the good settings with some keys changed.

    Args:
        directory: Where.
        changes: "KEY = VALUE" sets a key, "- KEY" removes it and everything below it.
        name: Of the environment.
    """
    values = dict(GOOD)
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
