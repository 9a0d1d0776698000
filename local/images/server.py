"""The web server of the stand-in images: aiohttp, with a log and an end like a container's.

Manners (see `contract.has_manner`), which begin when the server was asked a few times and was healthy: "sick"
answers errors, but to health checks; "hanging" answers nothing; "crashing" ends.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import cast

from aiohttp import abc, web

from local.images import contract

IDLE_SECONDS = 30
"""How long a client may send nothing before its request is given up."""

HEALTHY_ANSWERS = 3
"""How many requests a server answers before it has one of the manners."""

HANGING_SECONDS = 24 * 3600

THREADS = 64
"""How many requests may wait for PostgreSQL or S3 at the same time."""


class _AccessLog(abc.AbstractAccessLogger):
    """Prints each request as one line of JSON."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        line = {
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "client": request.headers.get("X-Forwarded-For") or request.remote,
            "method": request.method,
            "path": request.path,  # without the query, in which clients may send tokens
            "status": response.status,
            "bytes": response.body_length,
            "milliseconds": round(time * 1000, 1),
        }
        print(json.dumps(line), flush=True)


class _Connection(web.RequestHandler):
    """A connection on which clients can read why their upload was refused, however it ended."""

    __slots__ = ()

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio takes a bool, aiohttp forgot it
        """Return that the connection stays open; asyncio would close it (`asyncio.Protocol`).

        The end may arrive together with the head of a request. Its handler starts in the next round of
        the event loop, so the end is handled after that.
        """
        asyncio.get_running_loop().call_soon(self._end_body)
        return True

    def data_received(self, data: bytes) -> None:
        """Let a malformed chunk end the body that it is in; aiohttp would wait for the next chunk."""
        super().data_received(data)
        if self._messages:
            asyncio.get_running_loop().call_soon(self._end_malformed_body)

    def _end_malformed_body(self) -> None:
        # aiohttp queues a syntax error like a next request, which cannot begin within a body.
        if self._messages and self._current_request:
            self._end_body()

    def _end_body(self) -> None:
        request = self._current_request
        if request is None:
            self.force_close()
        elif not request.content.is_eof():
            request.content.set_exception(ConnectionResetError("the body is incomplete"))
            request.content.feed_eof()  # or aiohttp would wait for the rest after the answer


def _mannered(health_path: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware that gives the server its manners."""
    answers = 0

    @web.middleware
    async def behave(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        nonlocal answers
        answers += 1
        if answers > HEALTHY_ANSWERS:
            if contract.has_manner("sick") and request.path != health_path:
                raise web.HTTPInternalServerError(text="this version is sick")
            if contract.has_manner("hanging"):
                time.sleep(HANGING_SECONDS)
            if contract.has_manner("crashing"):
                os._exit(1)
        return await handler(request)

    return behave


def serve(
    application: web.Application, *, image: str, container_port: int, health_path: str
) -> None:
    """Serve on loopback until SIGTERM or SIGINT, then finish the requests in flight.

    The port is the container's, unless the platform chose another one in LISTEN_PORT.
    """

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        # With one request for each connection, no request is left when no connection is.
        response.force_close()
        response.headers["Connection"] = "close"
        response.headers["Server"] = f"instandt-{image}/{contract.version()}"
        response.headers["X-Content-Type-Options"] = "nosniff"

    application.on_response_prepare.append(add_headers)
    application.middlewares.insert(0, _mannered(health_path))
    name, port = f"{image} {contract.version()}", int(os.environ.get("LISTEN_PORT", container_port))
    asyncio.run(_serve(web.AppRunner(application), name=name, port=port))


async def _serve(runner: web.AppRunner, *, name: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    await runner.setup()
    accepted = cast("web.Server", runner.server)

    def connection() -> _Connection:
        return _Connection(
            accepted,
            loop=loop,
            access_log_class=_AccessLog,
            auto_decompress=False,  # a medium is stored as it was sent
            keepalive_timeout=IDLE_SECONDS,
        )

    listener = await loop.create_server(connection, "127.0.0.1", port)
    print(f"{name} listens on 127.0.0.1:{port}", flush=True)
    await told_to_stop.wait()
    listener.close()
    # aiohttp's own shutdown would not receive the rest of an upload.
    while accepted.connections:
        await asyncio.sleep(0.05)
    await runner.cleanup()
    print(f"{name} stopped", flush=True)
