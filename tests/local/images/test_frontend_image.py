"""The frontend honours the application contract."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.local.images.services import INTERNAL, Service, frontend_environment, image
from tests.support.servers import Authority, free_port


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
        style_status, style = frontend.request("GET", "/style.css")

    page = body.decode()
    assert status == style_status == 200
    assert 'href="/style.css"' in page
    assert style.startswith(b":root {")
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
