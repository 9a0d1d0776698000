"""Servers that the images' tests share."""

from collections.abc import Iterator

import pytest

from tests.local.servers import Authority, PostgreSQL, running_aws, running_postgresql


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def postgresql_server(authority: Authority) -> Iterator[PostgreSQL]:
    with running_postgresql(authority) as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> PostgreSQL:
    """PostgreSQL with an empty database."""
    postgresql_server.recreate()
    return postgresql_server


@pytest.fixture(scope="session")
def aws() -> Iterator[dict[str, str]]:
    """The environment variables that lead to an emulated AWS."""
    with running_aws() as environment:
        yield environment
