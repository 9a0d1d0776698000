"""What all tests share."""

from collections.abc import Iterator

import pytest

from tests.support.emulated import Cloud, running_cloud
from tests.support.synthesis import Synthesis, synthesize


@pytest.fixture(scope="session")
def prod() -> Synthesis:
    """Production, synthesized."""
    return synthesize("prod")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One emulator for all tests of a process."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running
