"""A deployment for the front door, targets behind it, and a client before it."""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from cryptography import x509

from tests.local.servers import Authority

HOST = "instandt.localhost"
STATE = "instandt-letsencrypt-account-local"
MEBIBYTE = 1024 * 1024


class Echo(BaseHTTPRequestHandler):
    """A target that tells what it got."""

    protocol_version = "HTTP/1.1"
    healthy = True

    def do_GET(self) -> None:
        if self.path == "/big":
            self.answer(200, bytes(50 * MEBIBYTE))
        elif self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif self.path == "/health":
            self.answer(200 if type(self).healthy else 500, b"")
        else:
            seen = {"path": self.path, "headers": dict(self.headers), "server": type(self).__name__}
            self.answer(200, json.dumps(seen).encode())

    def do_POST(self) -> None:
        self.answer(201, self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def target(name: str, **members: object) -> Iterator[tuple[int, type[Echo]]]:
    """Serve an echo of its own; its port and its handler."""
    handler = type(name, (Echo,), members)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1], handler
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A load balancer with an HTTPS listener; its own account keeps it from the others."""

    session: boto3.Session
    endpoint: str
    authority: Authority

    def client(self, service: str) -> Any:  # noqa: ANN401 - of any service
        create: Any = self.session.client
        return create(service, endpoint_url=self.endpoint)

    def save_key(self, key: str) -> None:
        state = {"files": {"archive/instandt/privkey1.pem": key, "renewal/instandt.conf": "x"}}
        self.client("secretsmanager").put_secret_value(
            SecretId=STATE, SecretString=json.dumps(state)
        )

    def import_certificate(self, arn: str | None = None, *, save_key: bool = True) -> str:
        certificate, key = self.authority.issue(HOST)
        if save_key:
            self.save_key(key)
        options = {"CertificateArn": arn} if arn else {}
        imported = self.client("acm").import_certificate(
            Certificate=certificate.encode(), PrivateKey=key.encode(), **options
        )
        return str(imported["CertificateArn"])

    def group(self, name: str, *targets: tuple[str, int]) -> str:
        elbv2 = self.client("elbv2")
        group = elbv2.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
        )
        arn = str(group["TargetGroups"][0]["TargetGroupArn"])
        for address, port in targets:
            elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": address, "Port": port}])
        return arn

    def listen(self, *, default: dict[str, Any], rules: Iterable[dict[str, Any]] = ()) -> str:
        """Create the listener; return the ARN of its certificate."""
        self.client("secretsmanager").create_secret(Name=STATE, SecretString="{}")
        certificate_arn = self.import_certificate()
        elbv2 = self.client("elbv2")
        balancer = elbv2.create_load_balancer(Name="web")["LoadBalancers"][0]
        listener = elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": certificate_arn}],
            DefaultActions=[default],
        )["Listeners"][0]
        for rule in rules:
            elbv2.create_rule(ListenerArn=listener["ListenerArn"], **rule)
        return certificate_arn


def forward(arn: str) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": arn}


def on_path(pattern: str, action: dict[str, Any], *, priority: int) -> dict[str, Any]:
    condition = {"Field": "path-pattern", "Values": [pattern]}
    return {"Priority": priority, "Conditions": [condition], "Actions": [action]}


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """A front door that runs, and a client that trusts nothing but the authority."""

    port: int
    pid: int
    trust: ssl.SSLContext

    def connect(self) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=20, context=self.trust)
        raw = socket.create_connection(("127.0.0.1", self.port), 20)
        connection.sock = self.trust.wrap_socket(raw, server_hostname=HOST)
        return connection

    def request(
        self, method: str, path: str, body: bytes | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self.connect()
        connection.request(method, path, body)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def status(self, path: str = "/") -> int | None:
        """Return a request's status, None as long as there is no certificate."""
        try:
            return self.request("GET", path)[0].status
        except ssl.SSLError:
            return None

    def serial(self) -> int:
        """Return the serial number of the certificate that new connections get."""
        connection = self.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        encoded = connection.sock.getpeercert(binary_form=True) or b""
        connection.close()
        return x509.load_der_x509_certificate(encoded).serial_number
