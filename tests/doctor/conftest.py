"""What the tests of the doctor share."""

from pathlib import Path

import pytest

from instandt_cdk.settings import AcmeSettings, Settings, load
from tests.local.emulated import cloud
from tests.settings.files import write

__all__ = ["cloud"]


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


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFactory:
    return SettingsFactory(tmp_path)
