"""The way in: HTTPS in front of ministack's load balancer, which itself answers plain HTTP only.

Everybody comes in here, whatever name they ask for: a browser under the site's name, in the place of
CloudFront, and the frontend under the internal name. Rules, targets and forwarded headers are ministack's.

A request's body is read as a whole before the target gets it, because ministack's load balancer takes it
so. It has to fit into memory, as every object in ministack's S3 does. Answers are streamed.
"""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hypercorn.config import Config

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from local.emulator.hooks import Untyped

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]
    Response = tuple[int, dict[str, Any], Any]

_NO_LISTENER = (503, {"Content-Type": "text/plain"}, b"no HTTPS listener is deployed\n")


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer one request as the deployed listener's rules say; an ASGI application."""
    if scope["type"] != "http":
        return
    ministack, balancing = hooks.application(), hooks.service("alb")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        body = await ministack._read_request_body(receive, scope["method"], headers)
    except ministack._RequestBodyDisconnected:
        return  # Half an upload must not reach a target.
    query = scope["query_string"].decode("latin-1")
    response = _NO_LISTENER
    if deployed := _listener():
        account, listener = deployed
        with account:
            balancer = balancing._lbs[listener["LoadBalancerArn"]]
            seconds = balancing._lb_attr(
                listener["LoadBalancerArn"], "idle_timeout.timeout_seconds", "60"
            )
            # ministack has one idle timeout for all load balancers, and does not look at this attribute.
            hooks.assign(balancing, "TARGET_IDLE_TIMEOUT", float(seconds))
            response = await balancing.dispatch_request(
                balancer,
                scope["method"],
                scope["path"],
                headers,
                body or None,  # ministack gives even a GET with "" a Content-Length
                parse_qs(query, keep_blank_values=True),
                listener["Port"],
                client_ip=scope["client"][0],
                raw_query_string=query,
                raw_path=scope["raw_path"].decode("latin-1"),
            )
    head = scope["method"] == "HEAD"
    await ministack._send_if_handled(send, _told_apart(response), receive, head=head)


def _told_apart(response: Response) -> Response:
    """The response with 504 for a target that is too slow, for which ministack answers 502 as well.

    Source: "HTTP 504: Gateway timeout", User Guide for Application Load Balancers, troubleshooting.
    """
    status, headers, body = response
    # A body in one piece is ministack's own; what a target answers is streamed.
    slow = status == HTTPStatus.BAD_GATEWAY and isinstance(body, bytes) and b"timed out" in body
    return HTTPStatus.GATEWAY_TIMEOUT if slow else status, headers, body


class Door(Config):
    """Hypercorn's settings for the front door: where it listens, and with which certificate."""

    def __init__(self, *, address: str, access_log: str) -> None:
        super().__init__()
        self.bind = [address]
        self.accesslog = access_log
        # The load balancer and its targets set these headers.
        self.include_date_header = self.include_server_header = False
        self._newest: ssl.SSLContext | None = None

    @property
    def ssl_enabled(self) -> bool:
        """Always."""
        return True

    def create_ssl_context(self) -> ssl.SSLContext:
        """A context that gives each new connection the certificate that ACM holds at that moment."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, *_: object) -> int | None:
        if deployed := _listener():
            account, listener = deployed
            arn = listener["Certificates"][0]
            with account:
                held = hooks.service("acm")._certificates[arn]
            # ACM refuses a key that does not fit its certificate; ministack takes it.
            with contextlib.suppress(ssl.SSLError):
                self._newest = _tls(held["_private_key"], held["_pem_body"], held["_pem_chain"])
            if self._newest:
                connection.context = self._newest
                return None
        return ssl.AlertDescription.ALERT_DESCRIPTION_INTERNAL_ERROR


def _listener() -> tuple[AbstractContextManager[None], Untyped] | None:
    """The one HTTPS listener that is deployed, after the context in which its account's data are seen."""
    for (account, region, _arn), listener in hooks.service("alb")._listeners.all_items():
        if listener["Protocol"] == "HTTPS":
            return hooks.core("responses").request_scope(account, region), listener
    return None


@lru_cache(maxsize=1)
def _tls(*parts: str) -> ssl.SSLContext:
    """What a server needs to present a certificate, from its key, itself and its chain in PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Python's ssl reads keys from files only.
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("\n".join(parts))
        file.flush()
        context.load_cert_chain(file.name)
    return context
