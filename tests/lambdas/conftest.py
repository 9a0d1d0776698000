"""Real servers for the functions: an AWS emulator, an ACME authority, DNS, CloudFormation's ear."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local.acme import AcmeServer
from local.dns import DnsServer, Route53Resolver
from tests.lambdas.certificates import AuthorityFactory, Certificates
from tests.lambdas.faults import World
from tests.lambdas.gate import Gate
from tests.lambdas.logins import Logins, prepared
from tests.lambdas.logins_templates import template as logins_template
from tests.lambdas.permitted import PermittedCertificates
from tests.lambdas.servers import CloudFormationInbox, Emulator
from tests.support.emulated import Cloud, running_cloud
from tests.support.roles import Role
from tests.support.servers import free_port

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
def administrator(aws_environment: dict[str, str]) -> boto3.Session:
    """A session that may do everything."""
    return boto3.Session(
        aws_access_key_id=aws_environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws_environment["AWS_SECRET_ACCESS_KEY"],
        region_name=aws_environment["AWS_DEFAULT_REGION"],
    )


@pytest.fixture(scope="session")
def certificate_role(aws_environment: dict[str, str], administrator: boto3.Session) -> Role:
    """The role of the certificate's function."""
    return Role(administrator, "certificate", endpoint_url=aws_environment["AWS_ENDPOINT_URL"])


@pytest.fixture(scope="session")
def resolver(aws_environment: dict[str, str]) -> Route53Resolver:
    """What DNS answers for the zone, which certbot finds in Route 53."""
    route53 = boto3.client(
        "route53",
        region_name=aws_environment["AWS_DEFAULT_REGION"],
        endpoint_url=aws_environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=aws_environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws_environment["AWS_SECRET_ACCESS_KEY"],
    )
    route53.create_hosted_zone(Name=ZONE, CallerReference="tests")
    return Route53Resolver(route53=route53)


@pytest.fixture(scope="session")
def dns_server(resolver: Route53Resolver) -> Iterator[DnsServer]:
    with DnsServer(resolver=resolver) as server:
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


@pytest.fixture(scope="session")
def _authority_gate(authority: AcmeServer) -> Iterator[Gate]:
    with Gate(
        url=authority.directory_url,
        ca_bundle=authority.ca_bundle,
        certificate=authority.certificate_file,
        key=authority.key_file,
    ) as gate:
        yield gate


@pytest.fixture
def authority_gate(_authority_gate: Gate) -> Gate:
    """The gate that every test's requests to the authority go through."""
    _authority_gate.open()
    return _authority_gate


@pytest.fixture
def aws_gate(
    certificates: Certificates,  # noqa: ARG001 - its clients are to be made before
    aws_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Gate]:
    """A gate before AWS for the function, while the test itself goes past it."""
    with Gate(url=aws_environment["AWS_ENDPOINT_URL"]) as gate:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gate.url)
        yield gate


@pytest.fixture
def inbox() -> Iterator[CloudFormationInbox]:
    with CloudFormationInbox() as inbox:
        yield inbox


@pytest.fixture
def certificates(
    aws_environment: dict[str, str],
    authority: AcmeServer,
    authority_gate: Gate,
    inbox: CloudFormationInbox,
    resolver: Route53Resolver,  # noqa: ARG001 - it makes the zone
    monkeypatch: pytest.MonkeyPatch,
    administrator: boto3.Session,
    certificate_role: Role,
) -> PermittedCertificates:
    """The function under test with its role, and with a state secret of this test's own."""
    for name, value in {**aws_environment, **certificate_role.environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", administrator)
    certificates = PermittedCertificates(
        role=certificate_role, inbox=inbox, monkeypatch=monkeypatch
    )
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", certificate_role.session)
    certificates.use(authority)
    certificates.properties["DirectoryUrl"] = authority_gate.url
    return certificates


@pytest.fixture(scope="session")
def _issued() -> list[str]:
    """The state after the session's first order: an order takes seconds, an import does not."""
    return []


@pytest.fixture
def arn(certificates: Certificates, authority_gate: Gate, _issued: list[str]) -> str:
    """A certificate that was issued some time ago and nothing happened since."""
    if not _issued:
        arn = certificates.create()
        _issued.append(certificates.secret())
        authority_gate.open()
        return arn
    return certificates.adopt(_issued[0])


@pytest.fixture
def world(
    certificates: Certificates,
    authority_gate: Gate,
    aws_gate: Gate,
    resolver: Route53Resolver,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    return World(
        certificates=certificates,
        authority=authority_gate,
        aws=aws_gate,
        resolver=resolver,
        monkeypatch=monkeypatch,
    )


@pytest.fixture(scope="session")
def logins_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded AWS with a database of RDS's, and a cluster."""
    with running_cloud(tmp_path_factory.mktemp("logins")) as cloud:
        stack = cloud.apply("logins", logins_template())
        assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("logins")
        yield cloud


@pytest.fixture
def logins(logins_cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Logins:
    """The function of the database's logins, with a secret of this test's own."""
    return prepared(logins_cloud, monkeypatch)
