"""Real servers for the functions: an AWS emulator, an ACME authority, DNS, CloudFormation's ear."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from certificate import state
from local.acme import AcmeServer
from local.dns import DnsServer, Route53Resolver
from tests.lambdas.certificates import AuthorityFactory, Certificates
from tests.lambdas.servers import CloudFormationInbox, Emulator, free_port

ZONE = "instandt.localhost"


@pytest.fixture(scope="session")
def aws_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment variables that lead a client to an emulator of its own."""
    emulator = Emulator(directory=tmp_path_factory.mktemp("emulator"))
    emulator.run()
    yield {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    emulator.stop()


@pytest.fixture(scope="session")
def dns_server(aws_environment: dict[str, str]) -> Iterator[DnsServer]:
    """DNS for the zone, which certbot finds in Route 53."""
    route53 = boto3.client(
        "route53",
        region_name=aws_environment["AWS_DEFAULT_REGION"],
        endpoint_url=aws_environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=aws_environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws_environment["AWS_SECRET_ACCESS_KEY"],
    )
    route53.create_hosted_zone(Name=ZONE, CallerReference="tests")
    with DnsServer(resolver=Route53Resolver(route53=route53)) as server:
        yield server


@pytest.fixture(scope="session")
def authority_factory(
    dns_server: DnsServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AuthorityFactory]:
    """Starts ACME servers with the options of `AcmeServer`; they end with the tests."""
    started: list[AcmeServer] = []

    def start(**options: Any) -> AcmeServer:  # noqa: ANN401 - of several types
        server = AcmeServer(
            directory=tmp_path_factory.mktemp("acme"),
            port=free_port(),
            management_port=free_port(),
            **{"dns_port": dns_server.port, **options},
        )
        started.append(server)
        server.run()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def authority(authority_factory: AuthorityFactory) -> AcmeServer:
    """An ACME server that behaves well."""
    return authority_factory()


@pytest.fixture
def inbox() -> Iterator[CloudFormationInbox]:
    with CloudFormationInbox() as inbox:
        yield inbox


@pytest.fixture
def certificates(
    aws_environment: dict[str, str],
    authority: AcmeServer,
    inbox: CloudFormationInbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Certificates:
    """The function under test, with a state secret of this test's own."""
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(state, "DIRECTORY", tmp_path_factory.getbasetemp() / "letsencrypt")
    certificates = Certificates(inbox=inbox, monkeypatch=monkeypatch)
    certificates.use(authority)
    return certificates
