"""A gate before a server: it passes everything on, until a test answers in the server's place."""

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came to the gate."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def payload(self) -> dict[str, Any]:
        """Return what an ACME client signed (RFC 7515)."""
        encoded = json.loads(self.body)["payload"]
        return dict(json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))))


@dataclass(frozen=True, kw_only=True)
class Response:
    """What leaves the gate."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, document: object, *, status: int = 200, **headers: str) -> Self:
        """Make a response with a JSON document; a header's `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = "application/json" if status < 400 else "application/problem+json"
        return cls(
            status=status,
            body=json.dumps(document).encode(),
            headers={"Content-Type": kind, **named},
        )


Forward = Callable[[Request], Response]
Intercept = Callable[[Request, Forward], Response]
"""Answers a request, with or without having forwarded it."""


def pass_on(request: Request, forward: Forward) -> Response:
    """Let everything through."""
    return forward(request)


class Gate:
    """A proxy on the loopback address, with HTTPS if the server has."""

    def __init__(
        self,
        *,
        url: str,
        ca_bundle: Path | None = None,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        """Stand before the server at a URL, whose certificate and key the gate shows as well."""
        self._server_url = urlsplit(url)
        self._trust = ssl.create_default_context(cafile=ca_bundle) if ca_bundle else None
        self.intercept: Intercept = pass_on
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer((ADDRESS, 0), self._handler())
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        port = self._server.server_address[1]
        self.url = f"{self._server_url.scheme}://{ADDRESS}:{port}{self._server_url.path}"

    def open(self) -> None:
        """Let everything through again and forget the past."""
        self.intercept = pass_on
        self.requests.clear()

    def sent(self, path: str) -> list[Request]:
        """Return the requests for a path."""
        return [request for request in self.requests if request.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _forward(self, request: Request) -> Response:
        host = self._server_url.netloc
        connection = (
            http.client.HTTPSConnection(host, context=self._trust, timeout=30)
            if self._trust
            else http.client.HTTPConnection(host, timeout=30)
        )
        try:
            # The client's own Host header goes along, so the server's links lead through the gate.
            connection.request(
                request.method, request.path, body=request.body, headers=dict(request.headers)
            )
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        dropped = {"transfer-encoding", "content-length", "connection"}
        headers = {n: v for n, v in response.getheaders() if n.lower() not in dropped}
        return Response(status=response.status, body=body, headers=headers)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                request = Request(
                    method=self.command,
                    path=self.path,
                    headers=dict(self.headers.items()),
                    body=self.rfile.read(length),
                )
                gate.requests.append(request)
                response = gate.intercept(request, gate._forward)
                with suppress(ConnectionError):  # a client can have been killed by now
                    self._send(response)

            def _send(self, response: Response) -> None:
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(response.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the base's

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
