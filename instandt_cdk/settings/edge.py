"""The section [edge]."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from instandt_cdk.settings.section import Section, Text, refused


def _range(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError:
        raise refused(
            "is not an address range whose address is its first; write one such as 203.0.113.0/24"
        ) from None
    if network.prefixlen == 0:
        # AWS WAF refuses it ("CreateIPSet", AWS WAFV2 API Reference).
        raise refused("is every address there is; name smaller ranges, or leave the list empty")
    return str(network)


AddressRanges = Annotated[
    tuple[Annotated[str, AfterValidator(_range)], ...], Field(strict=False, max_length=10_000)
]


class EdgeSettings(Section):
    """Who may reach the site."""

    countries: Annotated[
        tuple[Annotated[str, Text("[A-Z]{2}", "a country's code of ISO 3166", "DE")], ...],
        Field(strict=False, max_length=50),
    ] = ()
    """The only countries whose addresses are let in, for example ["DE", "AT"]; every country when empty."""

    allowed_addresses: AddressRanges = ()
    """The only address ranges that are let in, IPv4 or IPv6, for example ["203.0.113.0/24"]; every address
    when empty. They are inspected like any other."""

    blocked_addresses: AddressRanges = ()
    """Address ranges that are kept out."""
