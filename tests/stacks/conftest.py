"""What the tests of the stacks share."""

import pytest

from tests.support.choices import STORAGES, synthesized
from tests.support.synthesis import Synthesis


@pytest.fixture(params=["prod", *STORAGES])
def synthesis(request: pytest.FixtureRequest, prod: Synthesis) -> Synthesis:
    """Production, and production with each choice of storage: the choices that add stacks or ways to data."""
    return prod if request.param == "prod" else synthesized(request.param)
