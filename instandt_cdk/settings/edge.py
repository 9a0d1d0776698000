"""The section [edge]."""

import re
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from instandt_cdk.settings.limits.countries import COUNTRIES
from instandt_cdk.settings.section import Section, Text, refused


def _country(value: str) -> str:
    if value not in COUNTRIES:
        example = "GB" if value == "UK" else "DE"
        raise refused(
            f'is no country\'s code in ISO 3166 that AWS WAF knows; write one such as "{example}"'
        )
    return value


def _range(value: str) -> str:
    try:
        # Python reads zones ("%eth0") and masks in dots as well; AWS WAF does not.
        network = ip_network(value) if _CIDR.fullmatch(value) else None
    except ValueError:
        network = None
    if network is None:
        raise refused(
            "is not an address range that begins with its first address; write one such as 203.0.113.0/24"
        )
    if network.prefixlen == 0:
        # AWS WAF refuses it ("CreateIPSet", AWS WAFV2 API Reference).
        raise refused("contains every address; name smaller ranges, or leave the list empty")
    return str(network)


_CIDR = re.compile(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?")

MOST_ADDRESS_RANGES = 5000
"""An IP set holds 10,000 ("AWS WAF quotas"), but a template has at most 1 MB ("Understand CloudFormation
quotas"), and two lists must fit into it."""

AddressRanges = Annotated[
    tuple[Annotated[str, AfterValidator(_range)], ...],
    Field(strict=False, max_length=MOST_ADDRESS_RANGES),
]


class EdgeSettings(Section):
    """Who may reach the site."""

    countries: Annotated[
        tuple[
            Annotated[
                str,
                Text("[A-Z]{2}", "a country's code of ISO 3166", "DE"),
                AfterValidator(_country),
            ],
            ...,
        ],
        Field(strict=False, max_length=50),
    ] = ()
    """The countries from which the site can be reached, for example ["DE", "AT"]. Empty means all."""

    allowed_addresses: AddressRanges = ()
    """The address ranges from which the site can be reached, IPv4 or IPv6, for example ["203.0.113.0/24"].
    Empty means all. The firewall's other rules apply to them too. Without IPv6 ranges here the site has no
    IPv6 address, so browsers of an office that has both take IPv4; and likewise without IPv4 ranges."""

    blocked_addresses: AddressRanges = ()
    """Address ranges that are blocked, IPv4 or IPv6."""

    # The range of "RateBasedStatement", AWS WAFV2 API Reference.
    requests_per_five_minutes: int = Field(default=20_000, ge=10, le=2_000_000_000)
    """How many requests an address may send in five minutes; more are blocked. The default lets a hundred
    people work behind one address, with 200 requests each, and ends a flood that one machine sends. Raise it
    for a larger company."""

    def serves(self, ip_version: int) -> bool:
        """Whether anybody can reach the site by this version of IP, 4 or 6."""
        return not self.allowed_addresses or any(
            ip_network(each).version == ip_version for each in self.allowed_addresses
        )
