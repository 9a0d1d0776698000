"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from tempfile import mkdtemp

import pytest

from tests.support.emulated import Cloud, running_cloud
from tests.support.synthesis import SYNTHESES, Synthesis, synthesize


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers share, before there are any."""
    if not hasattr(config, "workerinput"):
        os.environ[SYNTHESES] = mkdtemp(prefix="instandt-syntheses-")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest, so that no worker is alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_deployment.py")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it, when all workers have ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[SYNTHESES])


@pytest.fixture(scope="session")
def prod() -> Synthesis:
    """Production, synthesized."""
    return synthesize("prod")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One emulator for all tests of a process."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running
