"""The web server of the stand-in images: one request a connection, one log line a request."""

import contextlib
import json
import os
import signal
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from local.images import contract

IDLE_TIMEOUT_SECONDS = 30


class Handler(BaseHTTPRequestHandler):
    """Answers requests, each on its own connection so that SIGTERM waits for work alone."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_SECONDS
    image = "image"

    def handle_one_request(self) -> None:
        """Serve one request and log it as one line of JSON."""
        self.status = 0
        self.sent_bytes = 0
        started = time.monotonic()
        # Who asked may leave before the answer.
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()
        self.close_connection = True
        if self.status:
            self._log_access(time.monotonic() - started)

    def get(self) -> None:
        """Answer a GET; the same answer without its body is that to a HEAD."""
        raise NotImplementedError

    def post(self) -> None:
        """Answer a POST."""
        self.answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", content_type="text/plain")

    def do_GET(self) -> None:
        """Answer a GET."""
        self.get()

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self.get()

    def do_POST(self) -> None:
        """Answer a POST."""
        self.post()

    def version_string(self) -> str:
        """Return what the Server header says."""
        return f"instandt-{self.image}/{contract.version()}"

    def log_message(self, *_: object) -> None:
        """Leave logging to the access log."""

    def start(
        self,
        status: HTTPStatus,
        *,
        content_type: str,
        length_bytes: int,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send the head of a response."""
        self.status = status
        self.sent_bytes = length_bytes
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length_bytes))
        self.send_header("Connection", "close")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: HTTPStatus, body: bytes, *, content_type: str) -> None:
        """Send a whole response."""
        self.start(status, content_type=content_type, length_bytes=len(body))
        self.write(body)

    def write(self, part: bytes) -> None:
        """Send a part of a response's body."""
        if self.command != "HEAD":
            self.wfile.write(part)

    def answer_json(self, status: HTTPStatus, body: object) -> None:
        """Send a response in JSON."""
        self.answer(status, json.dumps(body).encode() + b"\n", content_type="application/json")

    def _log_access(self, duration_seconds: float) -> None:
        # The query is left out: what a client puts there is its own business.
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": self.headers.get("X-Forwarded-For") or self.client_address[0],
            "method": self.command,
            "path": urlsplit(self.path).path,
            "status": int(self.status),
            "bytes": self.sent_bytes,
            "milliseconds": round(duration_seconds * 1000, 1),
        }
        print(json.dumps(line), flush=True)


class _Server(ThreadingHTTPServer):
    # Threads that are joined on close: a request in flight is finished before the process ends.
    daemon_threads = False
    request_queue_size = 128


def serve(handler: type[Handler], *, container_port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT, then finish what is in flight.

    Args:
        handler: Answers the requests.
        container_port: The port unless the runtime chose another one in LISTEN_PORT.
    """
    # Waited for below and blocked in all threads: a handler would only run once the main thread wakes,
    # which a signal that another thread receives does not bring about.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    port = int(os.environ.get("LISTEN_PORT", container_port))
    with _Server(("127.0.0.1", port), handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
        serving.start()
        print(f"{handler.image} {contract.version()} listens on 127.0.0.1:{port}", flush=True)
        signal.sigwait(signals)
        server.shutdown()
        serving.join()
    print(f"{handler.image} {contract.version()} stopped", flush=True)
