"""DNS and the container registry run in the emulator's process."""

import ssl
import urllib.error
import urllib.request

import dns.message
import dns.query
import pytest
from aiohttp import encode_basic_auth

from local.registry import TOKEN
from tests.support.emulated import Cloud


def test_dns_names_the_servers_of_the_hosted_zone(cloud: Cloud) -> None:
    zone = cloud.client("route53").get_hosted_zone(Id=cloud.options.hosted_zone.identifier)
    question = dns.message.make_query(cloud.options.hosted_zone.name, "NS")

    response = dns.query.udp(question, "127.0.0.1", port=cloud.options.dns_port, timeout=10)

    seen = {value.to_text().rstrip(".") for answer in response.answer for value in answer}
    assert seen == {server.rstrip(".") for server in zone["DelegationSet"]["NameServers"]}


def test_the_registry_is_trusted_by_functions_and_knows_its_user(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    trust = ssl.create_default_context(cafile=cloud.options.ca_bundle)
    # The certificate is for the registry's public name, which functions are led here by.
    trust.check_hostname = False

    def ask(token: str) -> int:
        scope = "scope=repository:project/web:pull"
        request = urllib.request.Request(
            f"https://127.0.0.1:{cloud.options.registry_port}/jwt/auth?{scope}",
            headers={"Authorization": encode_basic_auth("local", token)},
        )
        try:
            with urllib.request.urlopen(request, context=trust, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert ask(TOKEN) == 200
    assert ask("another") == 401
