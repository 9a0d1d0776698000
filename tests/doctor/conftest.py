"""What the tests of the doctor share."""

from pathlib import Path

import pytest

from tests.support.settings_files import SettingsFactory


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFactory:
    return SettingsFactory(tmp_path)
