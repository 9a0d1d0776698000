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
            "is not an address range that begins with its first address; write one such as 203.0.113.0/24"
        ) from None
    if network.prefixlen == 0:
        # AWS WAF refuses it ("CreateIPSet", AWS WAFV2 API Reference).
        raise refused("contains every address; name smaller ranges, or leave the list empty")
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
    """The countries from which the site can be reached, for example ["DE", "AT"]. Empty means all."""

    allowed_addresses: AddressRanges = ()
    """The address ranges from which the site can be reached, IPv4 or IPv6, for example ["203.0.113.0/24"].
    Empty means all. The firewall's other rules apply to them too."""

    blocked_addresses: AddressRanges = ()
    """Address ranges that are blocked, IPv4 or IPv6."""
