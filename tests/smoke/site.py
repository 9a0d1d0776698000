"""A site on loopback that can be broken in every way that the smoke test looks for."""

import datetime as dt
import json
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import trustme

DOMAIN = "instandt.example.com"
VERSION = "1.0.0"


@dataclass(kw_only=True)
class Manners:
    """What the site does; a test changes what it wants broken."""

    page: str = f"<html><p>instaNDT {VERSION}</p></html>"
    page_status: int = 200
    page_type: str = "text/html"
    redirects: dict[str, str] = field(default_factory=dict)
    blocks_attacks: bool = True
    blocks_everything: bool = False
    api_status: int = 200
    list_status: int = 200
    list_text: str | None = None
    token: str | None = None
    """What the API wants."""
    form: bool = False
    """Whether an upload is a form."""
    key: str = "id"
    spoils_media: bool = False
    deletes: bool = True
    media: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Name and content by id."""


@dataclass(frozen=True, kw_only=True)
class FakeSite:
    """A running site."""

    port: int
    root: bytes
    manners: Manners


@contextmanager
def serving(
    *, name: str = DOMAIN, not_after: dt.datetime | None = None, authority: trustme.CA | None = None
) -> Iterator[FakeSite]:
    """Serve a site, with a certificate for a name that is valid until a time, by default for a year."""
    manners = Manners()
    authority = authority or trustme.CA()

    class Handler(_Handler):
        behave = manners

    now = dt.datetime.now(dt.UTC)
    issued = authority.issue_cert(
        name,
        not_before=now - dt.timedelta(days=90),
        not_after=not_after or now + dt.timedelta(days=90),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            root = authority.cert_pem.bytes()
            yield FakeSite(port=server.server_address[1], root=root, manners=manners)
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    behave: Manners

    def do_GET(self) -> None:
        manners, url = self.behave, urlsplit(self.path)
        if manners.blocks_everything or (
            manners.blocks_attacks and "<script>" in unquote(url.query)
        ):
            self._answer(403, b"blocked", "text/html")
        elif url.path == "/api/health":
            self._json(manners.api_status, {"status": "ok"})
        elif self._lacks_token():
            self._json(401, {"error": "log in"})
        elif url.path == "/api/media":
            listed = [{manners.key: i, "name": name} for i, (name, _) in manners.media.items()]
            text = manners.list_text or json.dumps({"items": listed})
            self._answer(manners.list_status, text.encode(), "application/json")
        elif url.path.startswith("/api/media/"):
            _, content = manners.media[url.path.rpartition("/")[2]]
            self._answer(
                200, content[:-1] if manners.spoils_media else content, "application/dicom"
            )
        elif url.path in manners.redirects:
            self._answer(302, b"", "text/html", location=manners.redirects[url.path])
        else:
            self._answer(manners.page_status, manners.page.encode(), manners.page_type)

    def do_POST(self) -> None:
        manners, url = self.behave, urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._lacks_token():
            self._json(401, {"error": "log in"})
            return
        name = parse_qs(url.query).get("name", [""])[0]
        if manners.form:
            head, _, rest = body.partition(b"\r\n\r\n")
            name = head.decode().partition('filename="')[2].partition('"')[0]
            body = rest.rpartition(b"\r\n--")[0]
        identifier = uuid.uuid4().hex
        manners.media[identifier] = (name, body)
        self._json(201, {manners.key: identifier, "name": name})

    def do_DELETE(self) -> None:
        if self._lacks_token():
            self._json(401, {"error": "log in"})
        elif self.behave.deletes:
            self.behave.media.pop(self.path.rpartition("/")[2], None)
            self._answer(204, b"", "text/plain")
        else:
            self._json(405, {"error": "not allowed"})

    def _lacks_token(self) -> bool:
        token = self.behave.token
        guarded = token is not None and self.path.startswith("/api/")
        return guarded and self.headers["Authorization"] != f"Bearer {token}"

    def _json(self, status: int, answer: object) -> None:
        self._answer(status, json.dumps(answer).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
