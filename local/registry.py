"""The container registry of the embedded AWS: it has the stand-in images in every version, for one user.

It asks for tokens as GitLab's registry does (CNCF Distribution, "Token Authentication Specification").
A version that ends in "-missing" has not been published.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import encode_basic_auth, hdrs, web

TOKEN = "token-of-the-local-registry"  # noqa: S105 - nothing but this registry takes it
MISSING = "-missing"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the registry has, and for whom."""

    host: str
    """The registry's name as its clients know it, with the port unless that is 443."""
    username: str
    repositories: Collection[str]


def application(content: Content, *, token: str = TOKEN) -> web.Application:
    """Return a registry for an aiohttp server, which takes one access token."""
    bearer = f"Bearer {secrets.token_urlsafe()}"
    user = encode_basic_auth(content.username, token)

    async def hand_out_token(request: web.Request) -> web.Response:
        if not _is(request, user):
            return _error(HTTPStatus.UNAUTHORIZED)
        if request.query.get("scope") not in {f"repository:{r}:pull" for r in content.repositories}:
            return _error(HTTPStatus.FORBIDDEN)
        return web.json_response({"token": bearer.removeprefix("Bearer ")})

    async def show(request: web.Request) -> web.Response:
        if not _is(request, bearer):
            realm = f"https://{content.host}/jwt/auth"
            challenge = f'Bearer realm="{realm}",service="container_registry"'
            return _error(HTTPStatus.UNAUTHORIZED, {hdrs.WWW_AUTHENTICATE: challenge})
        name, reference = request.match_info["name"], request.match_info["reference"]
        if name not in content.repositories or reference.endswith(MISSING):
            return _error(HTTPStatus.NOT_FOUND)
        return web.json_response({"name": name})

    registry = web.Application()
    registry.router.add_get("/jwt/auth", hand_out_token)
    registry.router.add_get("/v2/{name:.+}/{kind}/{reference}", show)
    return registry


def _is(request: web.Request, expected: str) -> bool:
    """Whether the request's credentials are the expected ones."""
    given = request.headers.get(hdrs.AUTHORIZATION, "")
    return secrets.compare_digest(given.encode(), expected.encode())


def _error(status: HTTPStatus, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"errors": [{"code": status.name}]}, status=status, headers=headers or {}
    )
