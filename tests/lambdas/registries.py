"""Container registries on the loopback address, with images in them."""

import asyncio
import base64
import hashlib
import json
import os
import shutil
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from local.registry import Content, application
from tests.support.servers import free_port, running

ADDRESS = "127.0.0.1"
USER = "operator"
TOKEN = "right-token"  # noqa: S105 - of the tests
TOKEN_BCRYPT = "$2b$05$abcdefghijklmnopqrstuukfXc3ZIL0vjjt.qahCs9NtzTTnSD4fG"  # noqa: S105
PROJECT = "vendor/instandt"
IMAGES = ("frontend", "backend", "migration")
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """A server's certificate for the loopback address, and the root that issued it."""

    root: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, directory: Path) -> "Tls":
        tls = cls(
            root=directory / "root.pem",
            certificate=directory / "certificate.pem",
            key=directory / "key.pem",
        )
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tls.root)
        server = authority.issue_cert(ADDRESS)
        server.cert_chain_pems[0].write_to_path(tls.certificate)
        server.private_key_pem.write_to_path(tls.key)
        return tls


@contextmanager
def running_gitlab(tls: Tls, *, port: int = 0) -> Iterator[str]:
    """Run the stand-in, which speaks as GitLab's registry does; lend its host."""
    port = port or free_port()
    host = f"{ADDRESS}:{port}"
    repositories = [f"{PROJECT}/{image}" for image in IMAGES]
    content = Content(host=host, username=USER, repositories=repositories)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(tls.certificate, tls.key)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application(content, token=TOKEN))
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, ADDRESS, port, ssl_context=trust).start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield host
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(runner.cleanup())
        loop.close()


@contextmanager
def running_distribution(tls: Tls, directory: Path) -> Iterator[str]:
    """Run the CNCF's own registry, with Basic authentication and images of version 1.0.0; lend its host."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.fail("The registry is missing: apt-get install docker-registry")
    passwords = directory / "htpasswd"
    passwords.write_text(f"{USER}:{TOKEN_BCRYPT}\n")
    port = free_port()
    host = f"{ADDRESS}:{port}"
    configuration = directory / "registry.json"  # YAML is a superset of JSON
    configuration.write_text(
        json.dumps(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(directory / "images")}},
                "http": {
                    "addr": host,
                    "tls": {"certificate": str(tls.certificate), "key": str(tls.key)},
                },
                "auth": {"htpasswd": {"realm": "tests", "path": str(passwords)}},
            }
        )
    )
    environment = {"OTEL_TRACES_EXPORTER": "none", "HOME": os.environ.get("HOME", "/")}
    with running([program, "serve", str(configuration)], environment=environment, port=port):
        for image in IMAGES:
            push(host, tls, f"{PROJECT}/{image}", "1.0.0")
        yield host


def push(host: str, tls: Tls, repository: str, tag: str) -> str:
    """Push an image and an index that names it, as one of several platforms does; return its digest."""
    config = b"{}"
    digest = _digest(config)
    place = _send(host, tls, "POST", f"/v2/{repository}/blobs/uploads/")["Location"]
    _send(host, tls, "PUT", f"{place}&digest={digest}", config)
    described = {"mediaType": "application/octet-stream", "size": len(config), "digest": digest}
    manifest = _json(mediaType=DOCKER_MANIFEST, config=described, layers=[])
    path = f"/v2/{repository}/manifests"
    _send(host, tls, "PUT", f"{path}/{_digest(manifest)}", manifest, DOCKER_MANIFEST)
    entry = {
        "mediaType": DOCKER_MANIFEST,
        "size": len(manifest),
        "digest": _digest(manifest),
        "platform": {"architecture": "arm64", "os": "linux"},
    }
    index = _json(mediaType=OCI_INDEX, manifests=[entry])
    _send(host, tls, "PUT", f"{path}/{tag}", index, OCI_INDEX)
    return _digest(index)


def _json(**members: object) -> bytes:
    return json.dumps({"schemaVersion": 2, **members}).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _send(
    host: str, tls: Tls, method: str, target: str, body: bytes = b"", kind: str = ""
) -> Message:
    url = target if target.startswith("https://") else f"https://{host}{target}"
    pair = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - https
        url, body, {"Authorization": f"Basic {pair}", "Content-Type": kind}, method=method
    )
    trust = ssl.create_default_context(cafile=tls.root)
    try:
        answer = urllib.request.urlopen(request, context=trust, timeout=10)  # noqa: S310
    except urllib.error.HTTPError as error:
        pytest.fail(f"{method} {url}: {error.code} {error.read().decode()}")
    answer.close()
    headers: Message = answer.headers
    return headers
