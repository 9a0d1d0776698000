"""Hands requests to targets and their answers back, as streams."""

import itertools
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import assert_never

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from local.front_door.routing import (
    FixedResponse,
    Forward,
    Redirect,
    Request,
    Target,
    TargetGroup,
)
from local.front_door.view import View

CONNECT_SECONDS = 5
ANSWER_SECONDS = 300
"""Until a target must have begun to answer, which includes the time of a slow upload."""
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS)

HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
"""Headers that are between two neighbours only (RFC 9110, section 7.6.1)."""

ADDED_BY_THE_LIBRARY = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Proxy:
    """Answers requests as the deployed listener's rules say.

    Args:
        view: What is deployed.
        session: For the requests to targets; must neither follow redirects nor decompress.
        port: Where clients connect to, for X-Forwarded-Port.
    """

    def __init__(self, *, view: View, session: aiohttp.ClientSession, port: int) -> None:
        self._view = view
        self._session = session
        self._port = port
        self._turn = itertools.count()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        listener = self._view.listener
        if listener is None:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "no HTTPS listener is deployed")
        path, _, query = request.raw_path.partition("?")
        seen = Request(host=request.host, path=path, query=query, port=self._port)
        match listener.action(seen):
            case FixedResponse(status=status, content_type=content_type, body=body):
                return web.Response(status=status, text=body, content_type=content_type)
            case Redirect() as redirect:
                location = redirect.location(seen)
                return web.Response(status=redirect.status, headers={"Location": location})
            case Forward(group_arn=arn):
                return await self._forward(
                    request, listener.groups[arn], self._view.in_service.get(arn, ())
                )
            case unknown:
                assert_never(unknown)

    async def _forward(
        self, request: web.Request, group: TargetGroup, targets: tuple[Target, ...]
    ) -> web.StreamResponse:
        if not targets:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, f"{group.name} has no target")
        first = next(self._turn) % len(targets)
        for target in targets[first:] + targets[:first]:
            try:
                return await self._exchange(request, f"{group.scheme}://{target}")
            except aiohttp.ClientConnectorError:
                # Nothing was sent: a task that has just ended, not yet deregistered. Ask the next.
                continue
            except TimeoutError:
                return _error(HTTPStatus.GATEWAY_TIMEOUT, f"{target} does not answer")
            except aiohttp.ClientError as error:
                return _error(HTTPStatus.BAD_GATEWAY, f"{target} answers no HTTP: {error}")
        return _error(HTTPStatus.BAD_GATEWAY, f"no target of {group.name} can be reached")

    async def _exchange(self, request: web.Request, origin: str) -> web.StreamResponse:
        async with self._session.request(
            request.method,
            URL(origin + request.raw_path, encoded=True),
            headers=self._headers(request),
            data=_body(request) if request.body_exists else None,
            skip_auto_headers=ADDED_BY_THE_LIBRARY,
            allow_redirects=False,
            timeout=TIMEOUT,
            ssl=False,
        ) as answer:
            response = web.StreamResponse(
                status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers)
            )
            await response.prepare(request)
            try:
                async for part in answer.content.iter_any():
                    await response.write(part)
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                # Half an answer must not look like a whole one.
                if request.transport:
                    request.transport.abort()
            return response

    def _headers(self, request: web.Request) -> CIMultiDict[str]:
        headers = _end_to_end(request.headers)
        before = headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = ", ".join(filter(None, (before, request.remote)))
        headers["X-Forwarded-Proto"] = "https"
        headers["X-Forwarded-Port"] = str(self._port)
        return headers


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    async for part in request.content.iter_any():
        yield part


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP | named
    )


def _error(status: HTTPStatus, reason: str) -> web.Response:
    return web.Response(status=status, text=f"{status.value} {status.phrase}: {reason}\n")
