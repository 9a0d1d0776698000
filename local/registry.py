"""The container registry of the embedded AWS: it knows one user, and the stand-in images in any version.

It speaks as GitLab's does: a challenge, a token for it, and what the token allows (CNCF Distribution, "Token
Authentication Specification"). A version that ends in "-missing" has not been published.
"""

import argparse
import base64
import json
import os
import secrets
import ssl
import sys
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from instandt_cdk.settings import RegistrySettings
from local import ports, server_certificate
from local.daemon import Daemon

ADDRESS = "127.0.0.1"
TOKEN_VARIABLE = "REGISTRY_TOKEN"  # noqa: S105 - a name
MISSING = "-missing"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the registry has, and for whom."""

    host: str
    """As its clients know it."""
    username: str
    token: str
    repositories: frozenset[str]


class Registry(Daemon):
    """The registry as a background process."""

    def __init__(
        self, *, directory: Path, port: int, settings: RegistrySettings, token: str
    ) -> None:
        """Describe the server.

        Args:
            directory: Where its keys, log and pid file are.
            port: Where it listens.
            settings: Host, user, and what it has.
            token: Of the user.
        """
        super().__init__(name="registry", directory=directory)
        self.port = port
        self.root = directory / "registry-ca.pem"
        """Root of the server's certificate."""
        self._certificate = directory / "registry-certificate.pem"
        self._key = directory / "registry-key.pem"
        self._settings = settings
        self._token = token

    def run(self) -> None:
        """Start the server and return once it answers; do nothing if it already runs.

        Raises:
            DaemonError: It did not start.
        """
        if self.running:
            return
        registry = self._settings
        host, _, _ = registry.host.partition(":")
        self.root.parent.mkdir(parents=True, exist_ok=True)
        server_certificate.write(host, root=self.root, certificate=self._certificate, key=self._key)
        options = {
            "--port": self.port,
            "--certificate": self._certificate,
            "--key": self._key,
            "--host": registry.host,
            "--username": registry.username,
        }
        repositories = [f"{registry.project}/{name}" for name in registry.image_names.values()]
        arguments = [str(word) for option in options.items() for word in option]
        self.start(
            [sys.executable, "-m", "local.registry", *arguments, *repositories],
            environment={
                "PYTHONPATH": str(Path(__file__).parents[1]),
                TOKEN_VARIABLE: self._token,
            },
            ready=lambda: ports.accepts(self.port),
        )


class RegistryServer(ThreadingHTTPServer):
    """The server itself; TLS is put around its socket."""

    daemon_threads = True

    def __init__(self, *, port: int, certificate: Path, key: Path, content: Content) -> None:
        self.content = content
        self.bearer = secrets.token_urlsafe()
        """What its token server hands out."""
        super().__init__((ADDRESS, port), _Handler)
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(certificate, key)
        self.socket = trust.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )


class _Handler(BaseHTTPRequestHandler):
    server: RegistryServer
    timeout = 10

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/jwt/auth":
            self._hand_out_token(parse_qs(url.query).get("scope", [""])[0])
        else:
            self._show(url.path)

    do_HEAD = do_GET  # noqa: N815 - the base's

    def _hand_out_token(self, scope: str) -> None:
        content = self.server.content
        pair = base64.b64encode(f"{content.username}:{content.token}".encode()).decode()
        if not secrets.compare_digest(self.headers.get("Authorization", ""), f"Basic {pair}"):
            self._answer(HTTPStatus.UNAUTHORIZED)
        elif scope not in {f"repository:{name}:pull" for name in content.repositories}:
            self._answer(HTTPStatus.FORBIDDEN)
        else:
            self._answer(HTTPStatus.OK, body={"token": self.server.bearer})

    def _show(self, path: str) -> None:
        given = self.headers.get("Authorization", "")
        name, _, reference = path.removeprefix("/v2/").rpartition("/")
        name, _, _ = name.rpartition("/")
        if not secrets.compare_digest(given, f"Bearer {self.server.bearer}"):
            realm = f"https://{self.server.content.host}/jwt/auth"
            challenge = f'Bearer realm="{realm}",service="container_registry"'
            self._answer(HTTPStatus.UNAUTHORIZED, challenge=challenge)
        elif name not in self.server.content.repositories or reference.endswith(MISSING):
            self._answer(HTTPStatus.NOT_FOUND)
        else:
            self._answer(HTTPStatus.OK, body={"name": name})

    def _answer(
        self, status: HTTPStatus, *, body: dict[str, str] | None = None, challenge: str = ""
    ) -> None:
        content = json.dumps(body or {"errors": [{"code": status.name}]}).encode()
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def main() -> None:
    """Serve in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m local.registry", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--username", required=True)
    parser.add_argument("repositories", nargs="+")
    given = parser.parse_args()
    content = Content(
        host=given.host,
        username=given.username,
        token=os.environ[TOKEN_VARIABLE],
        repositories=frozenset(given.repositories),
    )
    RegistryServer(
        port=given.port, certificate=given.certificate, key=given.key, content=content
    ).serve_forever()


if __name__ == "__main__":
    main()
