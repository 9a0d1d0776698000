"""The faults that are put between the function and the world."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime

import dns.message
import dns.rcode
import pytest

from local.dns import Route53Resolver
from tests.lambdas.certificates import FINALIZATION, ORDER, Certificates
from tests.lambdas.gate import Gate, Request, Response


@dataclass(frozen=True, kw_only=True)
class World:
    """Where faults are put."""

    certificates: Certificates
    authority: Gate
    aws: Gate
    resolver: Route53Resolver
    monkeypatch: pytest.MonkeyPatch

    def answer_dns(self, answer: Callable[[bytes], bytes]) -> None:
        self.monkeypatch.setattr(self.resolver, "answer", answer)


Fault = Callable[[World], None]


def too_many(retry_after: str) -> Response:
    problem = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many orders"}
    return Response.of_json(problem, status=429, Retry_After=retry_after)


def limited_rate(world: World) -> None:
    world.authority.intercept = lambda request, forward: (
        too_many("3600") if request.path == ORDER else forward(request)
    )


def limited_rate_until_a_date(world: World) -> None:
    tomorrow = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(days=1), usegmt=True)
    world.authority.intercept = lambda *_: too_many(tomorrow)


def missing_delegation(world: World) -> None:
    world.answer_dns(
        lambda query: dns.message.make_response(dns.message.from_wire(query)).to_wire()
    )


def wrong_record(world: World) -> None:
    answer = world.resolver.answer

    def changed(query: bytes) -> bytes:
        response = dns.message.from_wire(answer(query))
        text = response.to_text().replace(' TXT "', ' TXT "another')
        return dns.message.from_text(text).to_wire()

    world.answer_dns(changed)


def failing_name_servers(world: World) -> None:
    def refused(query: bytes) -> bytes:
        response = dns.message.make_response(dns.message.from_wire(query))
        response.set_rcode(dns.rcode.REFUSED)
        return response.to_wire()

    world.answer_dns(refused)


def is_finalization(request: Request) -> bool:
    """Whether the authority is asked for its signature."""
    return request.path.startswith(FINALIZATION)


def is_import(request: Request) -> bool:
    """Whether ACM is given the certificate."""
    return request.headers.get("X-Amz-Target") == "CertificateManager.ImportCertificate"


def refused_import(world: World, *, code: str) -> None:
    refusal = Response.of_json({"__type": code, "message": "refused"}, status=400)
    world.aws.intercept = lambda request, forward: (
        refusal if is_import(request) else forward(request)
    )
