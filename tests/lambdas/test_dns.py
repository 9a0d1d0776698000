"""The DNS server of the embedded AWS answers what certbot wrote into Route 53."""

from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import pytest

from local.dns import ADDRESS, DnsDaemon
from tests.lambdas.certificates import Certificates
from tests.lambdas.servers import free_port

NAME = "_acme-challenge.dns.instandt.localhost."


@pytest.fixture
def port(
    certificates: Certificates, aws_environment: dict[str, str], tmp_path: Path
) -> Iterator[int]:
    """A DNS server in the background, and a record with two values."""
    daemon = DnsDaemon(directory=tmp_path, port=free_port())
    daemon.run(environment=aws_environment)
    certificates.change_txt("UPSERT", NAME, ["one", "two"])
    yield daemon.port
    certificates.change_txt("DELETE", NAME, ["one", "two"])
    daemon.stop()


@pytest.mark.parametrize("ask", [dns.query.udp, dns.query.tcp])
def test_txt_records_are_answered_over_udp_and_tcp(port: int, ask: type) -> None:
    response = ask(dns.message.make_query(NAME, "TXT"), ADDRESS, port=port, timeout=10)

    assert {value.to_text() for answer in response.answer for value in answer} == {'"one"', '"two"'}


def test_other_questions_have_an_empty_answer(port: int) -> None:
    for name, kind in ((NAME, "A"), ("elsewhere.localhost.", "TXT")):
        response = dns.query.udp(dns.message.make_query(name, kind), ADDRESS, port=port, timeout=10)
        assert response.rcode() == 0
        assert not response.answer
