"""The backend keeps media in its file system when it is told to."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.images.services import LIMIT_MEBIBYTES, Service, backend_environment, image
from tests.support import ROOT
from tests.support.servers import PostgreSQL, migrate, wait_until

MEBIBYTE = 1024 * 1024


def _environment(postgresql: PostgreSQL, directory: Path) -> dict[str, str]:
    """An environment without a way to AWS."""
    environment = backend_environment(postgresql, {})
    del environment["S3_BUCKET"]
    return environment | {"STORAGE_MODE": "local", "IMAGE_DATA_DIRECTORY": str(directory)}


@pytest.fixture
def backend(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Service]:
    migrate(postgresql, "1.0.0")
    with image("backend", _environment(postgresql, tmp_path)) as service:
        yield service


def _stored(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_an_upload_lands_in_the_directory_and_outlives_the_container(
    backend: Service, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    content = os.urandom(3 * MEBIBYTE + 1)
    status, body = backend.request("POST", "/api/media?name=a.dcm", body=[content])
    assert status == 201
    medium = json.loads(body)
    (file,) = _stored(tmp_path)
    assert file.read_bytes() == content
    assert backend.get("/api/version")["storage_mode"] == "local"
    backend.process.terminate()
    assert backend.process.wait(timeout=10) == 0

    with image("backend", _environment(postgresql, tmp_path)) as successor:
        assert successor.request("GET", f"/api/media/{medium['id']}") == (200, content)
        file.unlink()
        assert successor.request("GET", f"/api/media/{medium['id']}")[0] == 503


def test_what_is_removed_is_gone(backend: Service, tmp_path: Path) -> None:
    kept, removed = (
        json.loads(backend.request("POST", f"/api/media?name={name}", body=[b"x"])[1])["id"]
        for name in ("kept", "removed")
    )
    for identifier in (removed, removed, "unknown"):
        assert backend.request("DELETE", f"/api/media/{identifier}")[0] == 204
    assert backend.request("GET", f"/api/media/{removed}")[0] == 404
    assert [medium["id"] for medium in backend.get("/api/media")["media"]] == [kept]
    assert [file.name for file in _stored(tmp_path)] == [kept]


def test_an_upload_above_the_limit_leaves_nothing(backend: Service, tmp_path: Path) -> None:
    parts = (bytes(MEBIBYTE) for _ in range(LIMIT_MEBIBYTES + 1))
    status, _ = backend.request(
        "POST", "/api/media", body=parts, headers={"Transfer-Encoding": "chunked"}
    )
    assert status == 413
    assert _stored(tmp_path) == []
    assert backend.get("/api/media") == {"media": []}


def test_an_upload_that_breaks_off_leaves_nothing(backend: Service, tmp_path: Path) -> None:
    answer = backend.break_off(announced_bytes=90, sent_bytes=4)
    assert answer == b"HTTP/1.1 400 Bad Request\r\n"
    assert _stored(tmp_path) == []


def test_a_malformed_chunk_is_refused_at_once(backend: Service, tmp_path: Path) -> None:
    head = b"POST /api/media HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", backend.port), timeout=10) as client:
        client.sendall(head + b"4\r\nhalf\r\n")
        wait_until(lambda: any(tmp_path.rglob("*.part")), what="the upload has begun")
        client.sendall(b"no size\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 400 Bad Request\r\n"
    assert _stored(tmp_path) == []


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("s3", "backend 1.0.0 cannot start: set the environment variables S3_BUCKET"),
        ("azure", "backend 1.0.0 cannot start: STORAGE_MODE is 'azure', but must be s3 or local"),
    ],
)
def test_a_storage_mode_without_what_it_needs_is_named(
    postgresql: PostgreSQL, tmp_path: Path, mode: str, message: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.images.backend"],
        env=_environment(postgresql, tmp_path) | {"STORAGE_MODE": mode},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.sub(r"\s+", " ", done.stderr).strip() == message
