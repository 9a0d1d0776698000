"""The backend honours the application contract."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.images.services import LIMIT_MEBIBYTES, Service, backend_environment, image
from tests.support.servers import PostgreSQL, answers, migrate, wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3.service_resource import Bucket

MEBIBYTE = 1024 * 1024


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
    backend.break_off(announced_bytes=2, sent_bytes=1)  # boto3 is in memory from here on
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


def test_a_list_is_as_long_as_it_was_asked_for(backend: Service) -> None:
    for name in ("first", "second", "third"):
        backend.request("POST", f"/api/media?name={name}", body=b"x")
    newest = backend.get("/api/media?limit=2")["media"]
    assert [medium["name"] for medium in newest] == ["third", "second"]
    assert backend.request("GET", "/api/media?limit=all")[0] == 400


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
    answer = backend.break_off(announced_bytes=9_000_000, sent_bytes=8_500_000)

    assert answer == b"HTTP/1.1 400 Bad Request\r\n"
    assert list(bucket.objects.all()) == []
    assert backend.get("/api/media") == {"media": []}


def test_unknown_addresses_are_not_found(backend: Service) -> None:
    assert backend.request("GET", "/api/media/none")[0] == 404
    assert backend.request("GET", "/elsewhere")[0] == 404


def test_a_request_in_flight_is_finished_before_the_backend_ends(backend: Service) -> None:
    head = (
        b"POST /api/media HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", backend.port)) as client:
        client.sendall(head)
        answer = client.makefile("rb")
        # The backend has taken the request, rather than the kernel the connection.
        assert [answer.readline(), answer.readline()] == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
        backend.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not answers(backend.port), what="no new connection is taken")
        client.sendall(b"0123456789")
        assert answer.readline() == b"HTTP/1.1 201 Created\r\n"

    assert backend.process.wait(timeout=10) == 0


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
