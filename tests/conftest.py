"""What all tests share."""

import pytest

from tests.synthesis import Synthesis, synthesize


@pytest.fixture(scope="session")
def prod() -> Synthesis:
    """Production, synthesized."""
    return synthesize("prod")
