"""A deployment for the front door, targets behind it, and a client before it."""

import http.client
import json
import socket
import ssl
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from cryptography import x509

from tests.support.emulated import Cloud

HOST = "instandt.localhost"
INTERNAL_HOST = "internal.instandt.localhost"
MEBIBYTE = 1024 * 1024


class Echo(BaseHTTPRequestHandler):
    """A target that tells what it got."""

    protocol_version = "HTTP/1.1"
    healthy = True
    go_on: threading.Event
    """What `/two-parts` and `/slow` wait for."""
    uploads: list[str]
    """The first lines of all uploads."""

    def do_GET(self) -> None:
        if self.path == "/big":
            self.answer(200, bytes(50 * MEBIBYTE))
        elif self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif self.path == "/two-parts":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"first")
            type(self).go_on.wait(10)
            self.wfile.write(b"later")
        elif self.path == "/slow":
            type(self).go_on.wait(10)
            self.answer(200, b"")
        elif self.path == "/health":
            self.answer(200 if type(self).healthy else 500, b"")
        else:
            seen = {"path": self.path, "headers": dict(self.headers), "server": type(self).__name__}
            self.answer(200, json.dumps(seen).encode())

    def do_POST(self) -> None:
        type(self).uploads.append(self.requestline)
        self.answer(201, self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def target(name: str, **members: object) -> Iterator[tuple[int, type[Echo]]]:
    """Serve an echo of its own; its port and its handler."""
    handler: type[Echo] = type(
        name, (Echo,), {"go_on": threading.Event(), "uploads": [], **members}
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1], handler
        finally:
            handler.go_on.set()
            server.shutdown()
            thread.join()


class Deployment:
    """A load balancer with an HTTPS listener, and its certificate."""

    def __init__(self, cloud: Cloud) -> None:
        self.authority = trustme.CA()
        self.acm, self.elbv2 = cloud.client("acm"), cloud.client("elbv2")
        self.listener_arn = self.balancer_arn = ""

    def import_certificate(
        self, arn: str | None = None, *, key: trustme.LeafCert | None = None
    ) -> str:
        """Import a new certificate, with a key that does not fit if another one's is given."""
        issued = self.authority.issue_cert(HOST, INTERNAL_HOST)
        options = {"CertificateArn": arn} if arn else {}
        imported = self.acm.import_certificate(
            Certificate=issued.cert_chain_pems[0].bytes(),
            PrivateKey=(key or issued).private_key_pem.bytes(),
            **options,
        )
        return str(imported["CertificateArn"])

    def group(self, *targets: tuple[str, int]) -> str:
        """Create a target group."""
        group = self.elbv2.create_target_group(
            Name=f"web-{uuid.uuid4().hex[:8]}",
            Protocol="HTTP",
            Port=80,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
        )
        arn = str(group["TargetGroups"][0]["TargetGroupArn"])
        for address, port in targets:
            self.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": address, "Port": port}])
        return arn

    def listen(self, *, default: dict[str, Any], rules: Iterable[dict[str, Any]] = ()) -> str:
        """Create the listener; return the ARN of its certificate."""
        certificate_arn = self.import_certificate()
        balancer = self.elbv2.create_load_balancer(Name=f"web-{uuid.uuid4().hex[:8]}")[
            "LoadBalancers"
        ][0]
        self.balancer_arn = balancer["LoadBalancerArn"]
        listener = self.elbv2.create_listener(
            LoadBalancerArn=self.balancer_arn,
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": certificate_arn}],
            DefaultActions=[default],
        )["Listeners"][0]
        self.listener_arn = listener["ListenerArn"]
        for rule in rules:
            self.elbv2.create_rule(ListenerArn=self.listener_arn, **rule)
        return certificate_arn

    def set_idle_timeout(self, seconds: int) -> None:
        """Set how long the load balancer waits for the next byte."""
        self.elbv2.modify_load_balancer_attributes(
            LoadBalancerArn=self.balancer_arn,
            Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": str(seconds)}],
        )

    def delete(self) -> None:
        """Delete the listener: there is one front door, for one listener."""
        if self.listener_arn:
            self.elbv2.delete_listener(ListenerArn=self.listener_arn)


def forward(arn: str) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": arn}


def on_path(pattern: str, action: dict[str, Any], *, priority: int) -> dict[str, Any]:
    condition = {"Field": "path-pattern", "Values": [pattern]}
    return {"Priority": priority, "Conditions": [condition], "Actions": [action]}


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """A front door that runs, and a client that trusts nothing but the authority."""

    port: int
    trust: ssl.SSLContext

    def connect(self, host: str = HOST) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(host, self.port, timeout=20, context=self.trust)
        raw = socket.create_connection(("127.0.0.1", self.port), 20)
        connection.sock = self.trust.wrap_socket(raw, server_hostname=host)
        return connection

    def request(
        self, method: str, path: str, body: bytes | None = None, *, host: str = HOST
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self.connect(host)
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
