"""Serve the site's page, rendered from what the backend says at the internal endpoint."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from local.images import contract, server
from local.images.frontend.page import render

IMAGE = "frontend"
CONTAINER_PORT = 3000
BACKEND_TIMEOUT_SECONDS = 5
VARIABLES = (*contract.SERVICE_VARIABLES, "PUBLIC_ENDPOINT", "PUBLIC_INTERNAL_ENDPOINT")
STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


class BackendError(Exception):
    """The backend gave no usable answer."""


class Frontend:
    """The page and its style sheet.

    Args:
        public_endpoint: Where browsers reach the API.
        internal_endpoint: Where this image reaches the API.
        limit_mebibytes: The largest upload.
    """

    def __init__(
        self, *, public_endpoint: str, internal_endpoint: str, limit_mebibytes: int
    ) -> None:
        self._public_endpoint = public_endpoint
        self._internal_endpoint = internal_endpoint
        self._limit_mebibytes = limit_mebibytes

    def application(self) -> web.Application:
        """Return the site as aiohttp serves it."""
        application = web.Application()
        application.add_routes([web.get("/", self.page), web.get("/style.css", self.style)])
        application.cleanup_ctx.append(self._client)
        return application

    async def page(self, request: web.Request) -> web.Response:
        """Answer the page, without a backend as well: the load balancer's health check asks for it."""
        backend: dict[str, Any] = {}
        media: list[dict[str, Any]] = []
        problem = None
        try:
            backend = await self._ask("/api/version")
            media = (await self._ask("/api/media"))["media"]
        except BackendError as error:
            problem = str(error)
            print(f"frontend: {problem}", flush=True)
        page = render(
            version=contract.version(),
            backend=backend,
            media=media,
            problem=problem,
            endpoint=self._endpoint(request),
            limit_mebibytes=self._limit_mebibytes,
        )
        return web.Response(text=page, content_type="text/html")

    async def style(self, _: web.Request) -> web.Response:
        """Answer the style sheet."""
        return web.Response(text=STYLE, content_type="text/css")

    async def _client(self, _: web.Application) -> AsyncIterator[None]:
        # Python's own trust applies: what SSL_CERT_FILE names, else the system's roots.
        timeout = aiohttp.ClientTimeout(total=BACKEND_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:
            yield

    async def _ask(self, path: str) -> dict[str, Any]:
        """Get JSON from the backend.

        Raises:
            BackendError: It cannot be reached, is not trusted, or answers an error.
        """
        endpoint = self._internal_endpoint
        try:
            async with self._session.get(f"{endpoint}{path}") as response:
                if response.status != HTTPStatus.OK:
                    raise BackendError(
                        f"the backend at {endpoint} answers {path} with {response.status}"
                    )
                answer: dict[str, Any] = await response.json(content_type=None)
        except TimeoutError as error:
            raise BackendError(f"the backend at {endpoint} does not answer") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise BackendError(f"the backend at {endpoint} cannot be reached: {error}") from error
        return answer

    def _endpoint(self, request: web.Request) -> str:
        """Return where the browser reaches the API: empty for the host that it got the page from."""
        here = urlsplit(f"//{request.host}").hostname
        return "" if here == urlsplit(self._public_endpoint).hostname else self._public_endpoint


def main() -> None:
    """Check the environment, then serve until told to stop."""
    values = contract.environment(IMAGE, VARIABLES)
    internal_endpoint = values["PUBLIC_INTERNAL_ENDPOINT"]
    if urlsplit(internal_endpoint).scheme != "https":
        contract.stop(
            "frontend cannot start: PUBLIC_INTERNAL_ENDPOINT is"
            f" {internal_endpoint!r}, but must begin with https://",
            code=contract.CONTRACT_BROKEN,
        )
    frontend = Frontend(
        public_endpoint=values["PUBLIC_ENDPOINT"].rstrip("/"),
        internal_endpoint=internal_endpoint.rstrip("/"),
        limit_mebibytes=contract.upload_limit_mebibytes(IMAGE),
    )
    server.serve(frontend.application(), image=IMAGE, container_port=CONTAINER_PORT)


if __name__ == "__main__":
    main()
