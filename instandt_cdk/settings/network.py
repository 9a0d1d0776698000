"""The section [network]."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, field_validator

from instandt_cdk.settings.existing_vpc import ExistingVpc
from instandt_cdk.settings.ipv4_range import checked_range
from instandt_cdk.settings.limits.ranges import PRIVATE, TAKEN
from instandt_cdk.settings.section import Section, Text, refused

Nat = Literal["gateway-per-zone", "single-gateway", "instance-per-zone", "none"]


class NetworkSettings(Section):
    """The private network."""

    cidr: str = "10.0.0.0/16"
    """The VPC's IPv4 range, between /16 and /20; it must not overlap networks that you peer with."""

    zones: Annotated[
        tuple[Annotated[str, Text("[a-f]", "a zone's letter", "a")], ...], Field(strict=False)
    ] = ("a", "b")
    """The letters of the availability zones, two or three: what is highly available is spread over them."""

    nat: Nat = "gateway-per-zone"
    """The way out of the private subnets. A NAT gateway per zone survives the loss of a zone; a single one is
    cheaper; small instances are the cheapest, for trials: a deployment may replace them, and until the new
    ones run nothing gets out. With "none" the network is closed: no route leads to the internet. Then the
    images must be in ECR (registry.source), Grafana Loki is out of reach, and everything else goes through
    the interface endpoints, to which SES's is added: choose `zones` that offer it."""

    interface_endpoints: bool = True
    """Whether AWS's services are reached through endpoints inside the VPC. They cost per hour and zone;
    without them that traffic leaves through the NAT."""

    cloudfront_prefix_list_id: (
        Annotated[str, Text("pl-[0-9a-f]+", "a prefix list's id", "pl-a3a144ca")] | None
    ) = None
    """The id of the prefix list com.amazonaws.global.cloudfront.origin-facing in the region; needed only in
    regions that this application does not know."""

    existing_vpc: ExistingVpc | None = None
    """A VPC of yours, instead of one that is made."""

    @field_validator("cidr")
    @classmethod
    def _private_range_of_fitting_size(cls, value: str) -> str:
        network = checked_range(value, smallest=20)
        if not any(network.subnet_of(private) for private in PRIVATE):
            raise refused("is not private (RFC 1918); choose one such as 10.0.0.0/16")
        return value

    @field_validator("zones")
    @classmethod
    def _two_or_three_zones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) not in (2, 3) or len(set(value)) != len(value):
            raise refused('is not two or three different zones; write ["a", "b"]')
        return value

    @property
    def is_closed(self) -> bool:
        """Whether nothing leads to the internet."""
        return self.nat == "none"

    @property
    def vpc_cidr(self) -> str:
        """The range of the VPC, whoever made it."""
        return self.existing_vpc.cidr if self.existing_vpc else self.cidr

    @property
    def room(self) -> int:
        """How many containers and instances the application subnets have addresses for, at most.

        A sixteenth of our own range is each zone's; how large the operator's own subnets are is not known.
        """
        addresses = IPv4Network(self.vpc_cidr).num_addresses
        zones = len(self.zones)
        return (addresses if self.existing_vpc else zones * addresses // 16) - zones * TAKEN

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A closed network needs its endpoints, and an existing one has made its own choices."""
        if self.is_closed and not self.interface_endpoints:
            yield (
                "interface_endpoints",
                'is off, but nat = "none" leaves no other way to AWS\'s services; choose true, or a NAT',
            )
        if self.existing_vpc:
            yield from self._already_chosen(self.existing_vpc)

    def _already_chosen(self, existing: ExistingVpc) -> Iterator[tuple[str, str]]:
        for key in sorted({"cidr", "nat"} & self.model_fields_set):
            yield key, "is the existing VPC's matter; remove it, or remove [network.existing_vpc]"
        zones = len(self.zones)
        for key, ids in (
            ("application_subnet_ids", existing.application_subnet_ids),
            ("data_subnet_ids", existing.data_subnet_ids),
            ("application_route_table_ids", existing.application_route_table_ids or self.zones),
        ):
            if len(ids) != zones:
                yield (
                    f"existing_vpc.{key}",
                    f"has {len(ids)} for the {zones} zones; name one per zone, in the order of zones",
                )
