"""The client that asks all the time notices each request that was not answered as a user wants it."""

import asyncio
import hashlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from instandt_cdk.settings import load
from local.environment import ADDRESS, Environment, Ports
from tests.local.load import constant_load
from tests.support import ROOT
from tests.support.servers import free_port

PAGE = '<dd id="backend-version">2.0.0</dd><dd id="migrated-at"><time>2026-11-21</time></dd>'
ENOUGH = 30


class Site:
    """Answers as the application would, but for what a test lets go wrong."""

    def __init__(self) -> None:
        self.page = PAGE
        self.style = ":root {}"
        self.health = 200
        self.closes = False
        self.stored = b""

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/":
            return web.Response(text=self.page)
        if request.path == "/style.css":
            return web.Response(text=self.style)
        if request.method == "POST":
            digest = hashlib.sha256(await request.read() + self.stored).hexdigest()
            return web.json_response({"sha256": digest}, status=201)
        if request.path == "/api/version":
            if self.closes and request.transport:
                request.transport.close()
            return web.json_response({"version": "2.0.0"})
        return web.json_response({}, status=self.health)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def env(tmp_path: Path, site: Site) -> Iterator[Environment]:
    authority = trustme.CA()
    env = Environment(
        settings=load(ROOT / "environments", "local"),
        directory=tmp_path,
        ports=Ports(front_door=free_port()),
    )
    authority.cert_pem.write_to_path(str(env.root))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(env.settings.site.domain).configure_cert(tls)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", site.answer)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application)
    loop.run_until_complete(runner.setup())
    door = web.TCPSite(runner, ADDRESS, env.ports.front_door, ssl_context=tls)
    loop.run_until_complete(door.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield env
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(runner.cleanup())
    loop.close()


def test_it_counts_what_is_answered(env: Environment) -> None:
    with constant_load(env, per_second=1000, at_least=ENOUGH) as seen:
        pass
    assert set(seen.answers) == {"page", "style", "version", "upload", "health"}
    assert seen.versions.keys() == {"2.0.0"}


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"page": "<p>the backend does not answer</p>"}, "GET /:"),
        ({"style": "<p>not found</p>"}, "GET /style.css:"),
        ({"health": 503}, "GET /api/health:"),
        ({"stored": b"something else"}, "POST /api/media"),
        ({"closes": True}, "GET /api/version:"),
    ],
    ids=str,
)
def test_it_notices_what_goes_wrong(
    env: Environment, site: Site, wrong: dict[str, object], kind: str
) -> None:
    vars(site).update(wrong)
    with (
        pytest.raises(AssertionError, match=kind),
        constant_load(env, per_second=1000, at_least=ENOUGH),
    ):
        pass


def test_a_site_that_does_not_answer_at_all_is_noticed(env: Environment) -> None:
    gone = Environment(
        settings=env.settings, directory=env.directory, ports=Ports(front_door=free_port())
    )
    with (
        pytest.raises(AssertionError, match="Cannot connect"),
        constant_load(gone, per_second=1000, at_least=ENOUGH),
    ):
        pass
