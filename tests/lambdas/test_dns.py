"""The DNS server of the embedded AWS answers what certbot wrote into Route 53."""

from collections.abc import Iterator

import dns.message
import dns.query
import dns.rdatatype
import pytest

from local.dns import ADDRESS, DnsServer
from tests.lambdas.certificates import Certificates

NAME = "_acme-challenge.dns.instandt.localhost."


@pytest.fixture
def port(certificates: Certificates, dns_server: DnsServer) -> Iterator[int]:
    """A DNS server, and a record with two values."""
    certificates.change_txt("UPSERT", NAME, ["one", "two"])
    yield dns_server.port
    certificates.change_txt("DELETE", NAME, ["one", "two"])


@pytest.mark.parametrize("ask", [dns.query.udp, dns.query.tcp])
def test_txt_records_are_answered_over_udp_and_tcp(port: int, ask: type) -> None:
    response = ask(dns.message.make_query(NAME, "TXT"), ADDRESS, port=port, timeout=10)

    assert {value.to_text() for answer in response.answer for value in answer} == {'"one"', '"two"'}


def test_other_questions_have_an_empty_answer(port: int) -> None:
    for name, kind in ((NAME, "A"), ("elsewhere.localhost.", "TXT")):
        response = dns.query.udp(dns.message.make_query(name, kind), ADDRESS, port=port, timeout=10)
        assert response.rcode() == 0
        assert not response.answer
