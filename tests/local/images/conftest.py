"""Servers that the images' tests share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.local.images.services import BUCKET, Service, backend_environment, image
from tests.support.servers import Authority, PostgreSQL, migrate, running_aws, running_postgresql

if TYPE_CHECKING:
    from mypy_boto3_s3.service_resource import Bucket


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


@pytest.fixture
def bucket(aws: dict[str, str]) -> Iterator["Bucket"]:
    session = boto3.Session(
        aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"], region_name="eu-central-1"
    )
    bucket = session.resource("s3", endpoint_url=aws["AWS_ENDPOINT_URL"]).Bucket(BUCKET)
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield bucket
    bucket.objects.delete()
    bucket.delete()


@pytest.fixture
def backend(postgresql: PostgreSQL, aws: dict[str, str], bucket: "Bucket") -> Iterator[Service]:
    migrate(postgresql, "1.0.0")
    environment = backend_environment(postgresql, aws) | {"S3_BUCKET": bucket.name}
    with image("backend", environment) as service:
        yield service
