"""A DNS server with given records, AWS clients with given answers, and findings as text."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset
from botocore.stub import Stubber

from instandt_cdk.doctor.finding import Check, Finding
from local.dns import DnsServer, Route53Resolver

TOKEN = "glpat-f4Gh7kLm2Np9Qr5St8V"  # noqa: S105 - of nobody
"""A token as GitLab makes them."""


def holding(secret: str, value: str = TOKEN) -> dict[str, Any]:
    """A template of a stack that holds a secret."""
    properties = {"Name": secret, "SecretString": value}
    return {"Resources": {"It": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}}


class Records(Route53Resolver):
    """Answers from a table: "NAME TYPE" to values. Other names do not exist."""

    def __init__(self, table: Mapping[str, list[str]]) -> None:
        self._table = {
            (dns.name.from_text(key.split()[0]), dns.rdatatype.from_text(key.split()[1])): values
            for key, values in table.items()
        }

    def answer(self, question: bytes) -> bytes:
        query = dns.message.from_wire(question)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        (rrset,) = query.question
        values = self._table.get((rrset.name, rrset.rdtype), [])
        if values:
            response.answer.append(
                dns.rrset.from_text_list(rrset.name, 0, dns.rdataclass.IN, rrset.rdtype, values)
            )
        elif rrset.name not in {name for name, _ in self._table}:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()


@contextmanager
def resolving(table: Mapping[str, list[str]]) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks a real server on loopback, which has these records."""
    with DnsServer(resolver=Records(table)) as server:
        yield resolver_at(server.port)


def resolver_at(port: int) -> dns.resolver.Resolver:
    """A resolver that asks a port of this machine."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = port
    resolver.lifetime = 2
    return resolver


def answering(service: str, answers: Iterable[tuple[str, dict[str, Any] | str]]) -> Any:  # noqa: ANN401 - any client
    """A client that gets the answers, in order; a text is an error's code, with a message after a space.

    For calls that the emulator lacks, and for answers that it cannot give.
    """
    client = boto3.client(  # type: ignore[call-overload]
        service,
        region_name="eu-central-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests",  # noqa: S106 - no call is made
    )
    stubber = Stubber(client)
    for operation, answer in answers:
        if isinstance(answer, str):
            code, _, message = answer.partition(" ")
            stubber.add_client_error(operation, code, message)
        else:
            stubber.add_response(operation, answer)
    stubber.activate()
    return client


def lines(found: Iterable[Finding]) -> list[str]:
    """Each finding as a person reads it."""
    return [
        f"{one.mark} {one.text}" + (f" → {one.remedy}" if one.remedy else "")
        for one in Check("", lambda: found).findings()
    ]
