"""The section [network]."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import Field, field_validator

from instandt_cdk.settings.section import Section, Text, refused

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918, section 3."""

DOCKER = IPv4Network("172.17.0.0/16")
"""Docker's own network on every instance: what has an address in it cannot be reached from there ("VPC
CIDR blocks", Amazon VPC User Guide, names the range as one to avoid)."""


class NetworkSettings(Section):
    """The private network."""

    cidr: str = "10.0.0.0/16"
    """The VPC's IPv4 range, between /16 and /20; it must not overlap networks that you peer with."""

    zones: Annotated[
        tuple[Annotated[str, Text("[a-f]", "a zone's letter", "a")], ...], Field(strict=False)
    ] = ("a", "b")
    """The letters of the availability zones, two or three: what is highly available is spread over them."""

    nat_gateways: int = Field(default=2, ge=1)
    """How many NAT gateways give the private subnets a way out: one per zone survives the loss of a zone,
    a single one is cheaper."""

    cloudfront_prefix_list_id: (
        Annotated[str, Text("pl-[0-9a-f]+", "a prefix list's id", "pl-a3a144ca")] | None
    ) = None
    """The id of the prefix list com.amazonaws.global.cloudfront.origin-facing in the region; needed only in
    regions that this application does not know."""

    @field_validator("cidr")
    @classmethod
    def _private_range_of_fitting_size(cls, value: str) -> str:
        try:
            network = IPv4Network(value)
        except ValueError:
            raise refused(
                "is not an IPv4 range whose address is its first; write one such as 10.0.0.0/16"
            ) from None
        if not 16 <= network.prefixlen <= 20:
            raise refused(f"has the size /{network.prefixlen}; choose between /16 and /20")
        if not any(network.subnet_of(private) for private in PRIVATE):
            raise refused("is not private (RFC 1918); choose one such as 10.0.0.0/16")
        if network.overlaps(DOCKER):
            raise refused(
                f"overlaps {DOCKER}, Docker's network on the instances; choose one such as 10.0.0.0/16"
            )
        return value

    @field_validator("zones")
    @classmethod
    def _two_or_three_zones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) not in (2, 3) or len(set(value)) != len(value):
            raise refused('is not two or three different zones; write ["a", "b"]')
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A zone has one gateway at most."""
        if self.nat_gateways > len(self.zones):
            yield (
                "nat_gateways",
                f"is more than the {len(self.zones)} zones; there can be one per zone",
            )
