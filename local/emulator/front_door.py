"""The front door: HTTPS for ministack's load balancer, which itself speaks plain HTTP only.

A browser comes in here under the site's name, as if through CloudFront with its firewall, and the frontend
under the internal name. Whatever the name, the one HTTPS listener that is deployed answers. Its rules, its
targets and the headers that it adds are ministack's.

ministack's load balancer takes a request's body as a whole: the target gets an upload when all of it has
arrived, and the upload has to fit into memory, where ministack's S3 keeps its objects anyway. Answers are
streamed.
"""

import contextlib
import ssl
import tempfile
from contextlib import AbstractContextManager
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from hypercorn.config import Config
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from local.emulator import firewall, hooks
from local.emulator.hooks import Untyped

Response = tuple[int, dict[str, Any], Any]

_NO_LISTENER = (503, {"Content-Type": "text/plain"}, b"no HTTPS listener is deployed\n")


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
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
    host = headers.get("host", "").partition(":")[0].lower()
    if firewall.refuses(host, query):
        response = firewall.REFUSAL
    elif deployed := _listener():
        account, listener = deployed
        with account:
            arn = listener["LoadBalancerArn"]
            # ministack ignores this attribute and has one idle timeout for all load balancers.
            seconds = balancing._lb_attr(arn, "idle_timeout.timeout_seconds", "60")
            hooks.assign(balancing, "TARGET_IDLE_TIMEOUT", float(seconds))
            response = await balancing.dispatch_request(
                balancing._lbs[arn],
                scope["method"],
                scope["path"],
                headers,
                body or None,  # With an empty body, even a GET would get a Content-Length.
                parse_qs(query, keep_blank_values=True),
                listener["Port"],
                client_ip=scope["client"] and scope["client"][0],
                raw_query_string=query,
                raw_path=scope["raw_path"].decode("latin-1"),
            )
    head = scope["method"] == "HEAD"
    status, answered, content = _told_apart(response)
    # A target ends its own connection and not the client's (RFC 9110, section 7.6.1).
    answered = {name: value for name, value in answered.items() if name.lower() != "connection"}
    await ministack._send_if_handled(send, (status, answered, content), receive, head=head)


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
        """Whether to speak TLS, for which hypercorn would ask for a certificate's file."""
        return True

    def create_ssl_context(self) -> ssl.SSLContext:
        """A context that presents, to each new connection, the certificate that ACM holds by then."""
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
    """The deployed HTTPS listener, with the context in which ministack sees its account's resources."""
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
