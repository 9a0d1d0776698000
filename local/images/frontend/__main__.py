"""Serve the site's page, rendered from what the backend answers at the internal endpoint.

Manner (see `contract.has_manner`): "login" redirects from / to /login, where the page is then.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from local.images import contract, server
from local.images.frontend.page import render

IMAGE = "frontend"
BACKEND_TIMEOUT_SECONDS = 5
SHOWN = 20
"""How many media the page lists."""
VARIABLES = (*contract.SERVICE_VARIABLES, "PUBLIC_ENDPOINT", "PUBLIC_INTERNAL_ENDPOINT")
UNKNOWN = "unknown"
CLIENT = web.AppKey("client", aiohttp.ClientSession)


class BackendError(Exception):
    """The backend gave no usable answer."""


@dataclass(frozen=True, kw_only=True)
class Frontend:
    """The site."""

    public_endpoint: str
    """Where browsers reach the API."""
    internal_endpoint: str
    """Where this image reaches the API."""
    limit_mebibytes: int
    """The size of the largest upload."""

    async def page(self, request: web.Request) -> web.Response:
        """Answer the page, also without a backend: the load balancer's health check asks for it."""
        backend: dict[str, Any] = {}
        media: list[dict[str, Any]] = []
        problem = None
        try:
            backend = await self._ask(request, "/api/version")
            media = (await self._ask(request, f"/api/media?limit={SHOWN}"))["media"]
        except BackendError as error:
            problem = str(error)
            print(f"frontend: {problem}", flush=True)
        schema = backend.get("schema", {})
        values = {
            "frontend": contract.version(),
            "backend": backend.get("version", UNKNOWN),
            "schema": schema.get("version", UNKNOWN),
            "migrated_at": schema.get("migrated_at", UNKNOWN),
            "storage_mode": backend.get("storage_mode", UNKNOWN),
            "count": backend.get("media", UNKNOWN),
            "endpoint": self._endpoint(request),
            "limit": self.limit_mebibytes,
        }
        text = render(values, media=media, problem=problem)
        return web.Response(text=text, content_type="text/html")

    def _endpoint(self, request: web.Request) -> str:
        """Return where the browser reaches the API: empty for the host that it asks for the page."""
        here = urlsplit(f"//{request.host}").hostname
        return "" if here == urlsplit(self.public_endpoint).hostname else self.public_endpoint

    async def _ask(self, request: web.Request, path: str) -> dict[str, Any]:
        """Get JSON from the backend.

        Raises:
            BackendError: It cannot be reached, is not trusted, or answers an error.
        """
        backend = f"the backend at {self.internal_endpoint}"
        try:
            async with request.app[CLIENT].get(f"{self.internal_endpoint}{path}") as response:
                if response.status != HTTPStatus.OK:
                    raise BackendError(f"{backend} answers {path} with {response.status}")
                answer: dict[str, Any] = await response.json(content_type=None)
        except TimeoutError as error:
            seconds = BACKEND_TIMEOUT_SECONDS
            raise BackendError(f"{backend} does not answer within {seconds} s") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise BackendError(f"{backend} cannot be reached: {error}") from error
        return answer


async def style(_: web.Request) -> web.FileResponse:
    """Answer how the page looks."""
    return web.FileResponse(Path(__file__).with_name("style.css"))


async def redirect_to_login(_: web.Request) -> web.Response:
    """Send the browser to the login."""
    raise web.HTTPFound("/login")


async def client(application: web.Application) -> AsyncIterator[None]:
    """Open the client for the backend, and close it when the server ends."""
    # By default it trusts what Python trusts: the file that SSL_CERT_FILE names, else the system's.
    timeout = aiohttp.ClientTimeout(total=BACKEND_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as application[CLIENT]:
        yield


def main() -> None:
    """Check the environment, then serve until told to stop."""
    values = contract.environment(IMAGE, VARIABLES)
    internal_endpoint = values["PUBLIC_INTERNAL_ENDPOINT"]
    if urlsplit(internal_endpoint).scheme != "https":
        reason = f"PUBLIC_INTERNAL_ENDPOINT is {internal_endpoint!r}, but must begin with https://"
        raise contract.refusal(IMAGE, reason)
    frontend = Frontend(
        public_endpoint=values["PUBLIC_ENDPOINT"].rstrip("/"),
        internal_endpoint=internal_endpoint.rstrip("/"),
        limit_mebibytes=contract.upload_limit_mebibytes(IMAGE),
    )
    application = web.Application()
    if contract.has_manner("login"):
        application.router.add_get("/", redirect_to_login)
        application.router.add_get("/login", frontend.page)
    else:
        application.router.add_get("/", frontend.page)
    application.router.add_get("/style.css", style)
    application.cleanup_ctx.append(client)
    server.serve(application, image=IMAGE, container_port=3000, health_path="/")


if __name__ == "__main__":
    main()
