"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from tempfile import mkdtemp

import pytest

from tests.support.emulated import Cloud, running_cloud
from tests.support.synthesis import SYNTHESES, Synthesis, synthesize

LONGEST = (
    "test_under_load.py",
    "test_deployment.py",
    "test_repeated_deployments.py",
    "test_changes.py",
    "test_restore.py",
    "test_linters.py",
    "test_any_ways.py",
)
"""The stories of whole deployments, and what else takes minutes."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers share, before there are any."""
    if not hasattr(config, "workerinput"):
        os.environ[SYNTHESES] = mkdtemp(prefix="instandt-syntheses-")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is alone with one at the end."""
    items.sort(
        key=lambda item: (
            LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST)
        )
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it, when all workers have ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[SYNTHESES])


@pytest.fixture(scope="session")
def prod() -> Synthesis:
    """Production, synthesized."""
    return synthesize("prod")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An emulator for the tests of a file, because some leave what others would stumble over."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running
