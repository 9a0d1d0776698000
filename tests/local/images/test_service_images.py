"""Backend and frontend honour the application contract."""

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.images.backend.__main__ import VARIABLES as BACKEND_VARIABLES
from local.images.frontend.__main__ import VARIABLES as FRONTEND_VARIABLES
from tests.local.servers import (
    DATABASE_HOST,
    PROJECT,
    Authority,
    PostgreSQL,
    free_port,
    migrate,
    running,
    shimmed,
    wait_until,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.service_resource import Bucket

Body = bytes | Iterable[bytes] | None

BUCKET = "dicom-images"
INTERNAL = "internal.instandt.localhost"
MEBIBYTE = 1024 * 1024
LIMIT_MEBIBYTES = 64


@dataclass(frozen=True, kw_only=True)
class Service:
    """An image that runs."""

    port: int
    process: subprocess.Popen[str]

    def request(
        self, method: str, path: str, *, body: Body = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(
            method, path, body=body, headers=headers or {}, encode_chunked=body is not None
        )
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        status, body = self.request("GET", path)
        assert status == 200, body
        return json.loads(body)


@contextmanager
def image(name: str, environment: Mapping[str, str]) -> Iterator[Service]:
    port = free_port()
    command = [sys.executable, "-m", f"local.images.{name}"]
    with running(command, environment={**environment, "LISTEN_PORT": str(port)}, port=port) as run:
        yield Service(port=port, process=run)


def backend_environment(postgresql: PostgreSQL, aws: dict[str, str]) -> dict[str, str]:
    return (
        dict.fromkeys(BACKEND_VARIABLES, "any")
        | shimmed({f"{DATABASE_HOST}:5432": postgresql.port})
        | aws
        | {
            "IMAGE_TAG": "1.0.0",
            "POSTGRES_CONNECTION_STRING": f"Server={DATABASE_HOST};Database=instandt;Port=5432;"
            f"Userid=owner;Password={postgresql.password}",
            "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB": str(LIMIT_MEBIBYTES),
            "S3_BUCKET": BUCKET,
            "STORAGE_MODE": "s3",
        }
    )


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


def peak_memory_mebibytes(process: subprocess.Popen[str]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


def test_the_backend_is_healthy_only_with_a_schema(
    postgresql: PostgreSQL, aws: dict[str, str]
) -> None:
    with image("backend", backend_environment(postgresql, aws)) as backend:
        assert backend.request("GET", "/api/health")[0] == 503

        migrate(postgresql, "1.0.0")

        assert backend.get("/api/health") == {"status": "ok"}


def test_the_backend_tells_its_version_and_that_of_the_schema(backend: Service) -> None:
    answer = backend.get("/api/version")

    assert answer["version"] == answer["schema"]["version"] == "1.0.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["schema"]["migrated_at"])
    assert (answer["storage_mode"], answer["media"]) == ("s3", 0)


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_large_upload_lands_in_the_bucket_unchanged(
    backend: Service, bucket: "Bucket", *, chunked: bool
) -> None:
    before = peak_memory_mebibytes(backend.process)
    content = os.urandom(50 * MEBIBYTE)
    parts = (content[start : start + MEBIBYTE] for start in range(0, len(content), MEBIBYTE))

    status, body = backend.request(
        "POST",
        "/api/media?name=wei%C3%9F%20%231.dcm",
        body=parts if chunked else content,
        headers={"Transfer-Encoding": "chunked"} if chunked else {},
    )

    medium = json.loads(body)
    assert status == 201
    assert medium["name"] == "weiß #1.dcm"
    assert medium["size_in_bytes"] == len(content)
    assert medium["sha256"] == hashlib.sha256(content).hexdigest()
    (stored,) = bucket.objects.all()
    assert stored.get()["Body"].read() == content
    assert backend.request("GET", f"/api/media/{medium['id']}")[1] == content
    assert backend.get("/api/media") == {"media": [medium]}
    assert peak_memory_mebibytes(backend.process) - before < 45


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_an_upload_above_the_limit_is_refused_and_nothing_stays(
    backend: Service, bucket: "Bucket", *, chunked: bool
) -> None:
    parts = (bytes(MEBIBYTE) for _ in range(LIMIT_MEBIBYTES + 1))
    length = str((LIMIT_MEBIBYTES + 1) * MEBIBYTE)

    status, body = backend.request(
        "POST",
        "/api/media?name=big",
        body=parts if chunked else b"".join(parts),
        headers={"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": length},
    )

    assert status == 413
    assert str(LIMIT_MEBIBYTES * MEBIBYTE) in json.loads(body)["error"]
    assert list(bucket.objects.all()) == []
    assert backend.get("/api/media") == {"media": []}


def test_an_upload_that_breaks_off_leaves_nothing(backend: Service, bucket: "Bucket") -> None:
    with socket.create_connection(("127.0.0.1", backend.port)) as client:
        head = b"POST /api/media?name=half HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
        client.sendall(head + bytes(8_500_000))
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").readline() == b"HTTP/1.1 400 Bad Request\r\n"

    assert list(bucket.objects.all()) == []
    assert backend.get("/api/media") == {"media": []}


def test_unknown_addresses_are_not_found(backend: Service) -> None:
    assert backend.request("GET", "/api/media/none")[0] == 404
    assert backend.request("GET", "/elsewhere")[0] == 404


def test_a_request_in_flight_is_finished_before_the_backend_ends(backend: Service) -> None:
    with socket.create_connection(("127.0.0.1", backend.port)) as client:
        client.sendall(b"POST /api/media HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        wait_until(lambda: threads(backend.process) > 2, what="the request is being served")
        backend.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(backend.port), what="no new connection is taken")
        client.sendall(b"56789")
        assert client.makefile("rb").readline() == b"HTTP/1.1 201 Created\r\n"

    assert backend.process.wait(timeout=10) == 0


def threads(process: subprocess.Popen[str]) -> int:
    return len(list(Path(f"/proc/{process.pid}/task").iterdir()))


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_log_has_a_line_of_json_for_each_request_and_no_secret(
    postgresql: PostgreSQL, aws: dict[str, str]
) -> None:
    with image("backend", backend_environment(postgresql, aws)) as backend:
        backend.request("GET", "/api/media?token=confidential")
        backend.process.terminate()
        log = backend.process.stdout.read() if backend.process.stdout else ""

    (line,) = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/media", 503)
    assert "confidential" not in log
    assert postgresql.password not in log


@pytest.mark.parametrize(
    ("name", "variables"), [("backend", BACKEND_VARIABLES), ("frontend", FRONTEND_VARIABLES)]
)
def test_an_image_names_every_missing_variable(name: str, variables: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"local.images.{name}"],
        env={"IMAGE_TAG": "1.0.0"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    names = ", ".join(sorted(variables))
    assert done.stderr == f"{name} 1.0.0 cannot start: set the environment variables {names}\n"


@contextmanager
def over_https(backend: Service, authority: Authority, directory: Path) -> Iterator[int]:
    """Serve a backend at the internal name, as the load balancer does."""

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = backend.request("GET", self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    pem = directory / "relay.pem"
    pem.write_text("".join(authority.issue(INTERNAL)))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def frontend_environment(https_port: int, root: Path) -> dict[str, str]:
    return (
        dict.fromkeys(FRONTEND_VARIABLES, "any")
        | shimmed({f"{INTERNAL}:443": https_port})
        | {
            "IMAGE_TAG": "1.1.0",
            "PUBLIC_ENDPOINT": "https://instandt.localhost:8443",
            "PUBLIC_INTERNAL_ENDPOINT": f"https://{INTERNAL}",
            "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB": str(LIMIT_MEBIBYTES),
            "SSL_CERT_FILE": str(root),
        }
    )


def test_the_page_shows_what_the_backend_says(
    backend: Service, authority: Authority, tmp_path: Path
) -> None:
    backend.request("POST", "/api/media?name=<script>.dcm", body=b"image")
    root = tmp_path / "root.pem"
    root.write_text(authority.root)
    with (
        over_https(backend, authority, tmp_path) as port,
        image("frontend", frontend_environment(port, root)) as frontend,
    ):
        status, body = frontend.request("GET", "/")

    page = body.decode()
    assert status == 200
    assert '<dd id="frontend-version">1.1.0</dd>' in page
    assert '<dd id="backend-version">1.0.0</dd>' in page
    assert '<dd id="schema-version">1.0.0</dd>' in page
    assert "&lt;script&gt;.dcm" in page
    assert "<script>.dcm" not in page


def test_the_page_answers_without_a_backend_and_says_so(tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_text(Authority().root)
    with image("frontend", frontend_environment(free_port(), root)) as frontend:
        status, body = frontend.request("GET", "/")

    assert status == 200
    assert f"the backend at https://{INTERNAL} cannot be reached" in body.decode()


def test_the_frontend_does_not_believe_a_certificate_of_somebody_else(
    backend: Service, authority: Authority, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_text(Authority().root)
    with (
        over_https(backend, authority, tmp_path) as port,
        image("frontend", frontend_environment(port, root)) as frontend,
    ):
        page = frontend.request("GET", "/")[1].decode()

    assert "CERTIFICATE_VERIFY_FAILED" in page
