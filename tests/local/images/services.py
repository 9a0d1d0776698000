"""The service images as the tests run them and talk to them."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.images.backend.__main__ import VARIABLES as BACKEND_VARIABLES
from local.images.frontend.__main__ import VARIABLES as FRONTEND_VARIABLES
from tests.support.servers import DATABASE_HOST, PostgreSQL, free_port, running, shimmed

Body = bytes | Iterable[bytes] | None

BUCKET = "dicom-images"
INTERNAL = "internal.instandt.localhost"
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

    def break_off(self, *, announced_bytes: int, sent_bytes: int) -> bytes:
        """Return the status line that answers an upload that ends before its announced length."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            head = (
                f"POST /api/media HTTP/1.1\r\nHost: x\r\nContent-Length: {announced_bytes}\r\n\r\n"
            )
            client.sendall(head.encode() + bytes(sent_bytes))
            client.shutdown(socket.SHUT_WR)
            return client.makefile("rb").readline()

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
