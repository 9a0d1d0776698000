"""Real servers for the functions: an AWS emulator, an ACME authority, DNS, CloudFormation's ear."""

import json
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from certificate import state
from local.acme import AcmeServer
from local.daemon import Daemon
from local.dns import DnsServer, Route53Resolver
from tests.lambdas.certificates import Certificates

REGION = "eu-central-1"
ZONE = "instandt.localhost"

# The emulated Route 53 reports each change as pending once, and certbot then sleeps 5 s.
EMULATOR = """
from ministack.app import main
from ministack.services import route53
new_change = route53._new_change
def new_change_in_sync(comment=""):
    change = new_change(comment)
    change["status"] = "INSYNC"
    return change
route53._new_change = new_change_in_sync
main()
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def aws_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment variables that lead a client to an emulator of its own."""
    endpoint = f"http://127.0.0.1:{(port := free_port())}"

    def ready() -> bool:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            return False
        return True

    emulator = Daemon(name="emulator", directory=tmp_path_factory.mktemp("emulator"))
    emulator.start(
        [sys.executable, "-c", EMULATOR],
        environment={
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
        },
        ready=ready,
    )
    yield {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }
    emulator.stop()


@pytest.fixture(scope="session")
def dns(aws_environment: dict[str, str]) -> Iterator[DnsServer]:
    """DNS for the zone, which certbot finds in Route 53."""
    route53 = boto3.client(
        "route53",
        region_name=REGION,
        endpoint_url=aws_environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=aws_environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws_environment["AWS_SECRET_ACCESS_KEY"],
    )
    route53.create_hosted_zone(Name=ZONE, CallerReference="tests")
    with DnsServer(resolver=Route53Resolver(route53=route53)) as server:
        yield server


AuthorityFactory = Callable[..., AcmeServer]


@pytest.fixture(scope="session")
def authority_factory(
    dns: DnsServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AuthorityFactory]:
    """Starts ACME servers with the options of `AcmeServer`; they end with the tests."""
    started: list[AcmeServer] = []

    def start(**options: Any) -> AcmeServer:  # noqa: ANN401 - of several types
        server = AcmeServer(
            directory=tmp_path_factory.mktemp("acme"),
            port=free_port(),
            management_port=free_port(),
            **{"dns_port": dns.port, **options},
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


class Inbox:
    """Where CloudFormation receives the answers of custom resources."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/answer?signature=x"

    def _handler(inbox) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                inbox.answers.append(
                    json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                )
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    thread = threading.Thread(target=inbox.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield inbox
    inbox.server.shutdown()
    thread.join()
    inbox.server.server_close()


@pytest.fixture
def certificates(
    aws_environment: dict[str, str],
    authority: AcmeServer,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Certificates:
    """The function under test, with a state secret of this test's own."""
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(state, "DIRECTORY", tmp_path_factory.getbasetemp() / "letsencrypt")
    harness = Certificates(inbox=inbox, monkeypatch=monkeypatch)
    harness.use(authority)
    return harness
