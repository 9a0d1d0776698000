"""The section [network]."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, field_validator

from instandt_cdk.settings.existing_vpc import ExistingVpc
from instandt_cdk.settings.ipv4_range import checked_range, is_private
from instandt_cdk.settings.limits.ranges import (
    MOST_ZONES,
    PRIVATE,
    RESERVED_ADDRESSES,
)
from instandt_cdk.settings.section import Section, Text, refused

Nat = Literal["gateway-per-zone", "single-gateway", "instance-per-zone", "none"]


class NetworkSettings(Section):
    """The VPC and its way to the internet.

    With `nat = "none"` no route leads to the internet. Then the images must be in ECR
    (`registry.source = "ecr"`), Grafana Loki cannot be reached, and AWS's services are reached only through
    interface endpoints. One of these is for SES: choose `zones` that offer it.
    """

    cidr: str = "10.0.0.0/16"
    """The VPC's IPv4 range, between /16 and /20. It must not overlap networks that you peer with."""

    zones: Annotated[
        tuple[Annotated[str, Text("[a-f]", "a zone's letter", "a")], ...], Field(strict=False)
    ] = ("a", "b")
    """The letters of two or three availability zones, over which redundant parts are spread."""

    nat: Nat = "gateway-per-zone"
    """How the private subnets reach the internet. NAT gateways in each zone survive the loss of a zone; a
    single gateway is cheaper. NAT instances are the cheapest, for trials: nobody patches or replaces them, so
    they keep the machine image that they started from. "none": not at all."""

    interface_endpoints: bool | None = None
    """Whether AWS's services are reached through endpoints inside the VPC instead of the NAT. By default, a
    new VPC has them, an existing one has not. In eu-central-1, an endpoint costs $0.012 an hour and zone
    ("AWS PrivateLink pricing", September 2026): nine endpoints in three zones are $237 a month."""

    cloudfront_prefix_list_id: (
        Annotated[str, Text("pl-[0-9a-f]+", "a prefix list's id", "pl-a3a144ca")] | None
    ) = None
    """The id of the prefix list com.amazonaws.global.cloudfront.origin-facing in the region. Needed only in
    regions that this application does not know."""

    existing_vpc: ExistingVpc | None = None
    """A VPC of your own, instead of a new one."""

    @field_validator("cidr")
    @classmethod
    def _private_range_of_fitting_size(cls, value: str) -> str:
        checked_range(value, smallest=20)
        if not is_private(value):
            raise refused("is not private (RFC 1918, RFC 6598); choose one such as 10.0.0.0/16")
        return value

    @field_validator("zones")
    @classmethod
    def _two_or_three_zones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not 2 <= len(value) <= MOST_ZONES or len(set(value)) != len(value):
            raise refused('is not two or three different zones; write ["a", "b"]')
        return value

    @property
    def is_closed(self) -> bool:
        """Whether no route leads to the internet."""
        return self.nat == "none"

    @property
    def vpc_cidr(self) -> str:
        """The IPv4 range of the VPC, new or existing."""
        return self.existing_vpc.cidr if self.existing_vpc else self.cidr

    @property
    def has_interface_endpoints(self) -> bool:
        """Whether AWS's services are reached through endpoints."""
        if self.interface_endpoints is None:
            return self.existing_vpc is None
        return self.interface_endpoints

    @property
    def has_egress(self) -> bool:
        """Whether a way out has to be made: an existing VPC has one."""
        return self.existing_vpc is None or self.has_interface_endpoints

    @property
    def endpoint_clients(self) -> tuple[str, ...]:
        """The IPv4 ranges that may use the interface endpoints.

        An endpoint takes over its service's name in the whole VPC. An existing VPC may have other hosts, in
        ranges that are not known here, so all private ranges may use the endpoints there.
        """
        if not self.existing_vpc:
            return (self.cidr,)
        private = tuple(map(str, PRIVATE))
        return private if is_private(self.existing_vpc.cidr) else (*private, self.existing_vpc.cidr)

    @property
    def free_addresses(self) -> int:
        """How many addresses the application subnets have for containers and instances, at most.

        In a new VPC, the application subnet of each zone has a sixteenth of the range. In an existing VPC the
        subnets' sizes are not known, so the whole range counts.
        """
        addresses = IPv4Network(self.vpc_cidr).num_addresses
        zones = len(self.zones)
        usable = addresses if self.existing_vpc else zones * addresses // 16
        return usable - zones * RESERVED_ADDRESSES

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Without internet the endpoints are needed; an existing VPC has its own range and NAT."""
        if self.is_closed and not self.has_interface_endpoints:
            yield (
                "interface_endpoints",
                'is off, but nat = "none" leaves no other way to AWS\'s services; choose true, or a NAT',
            )
        if self.existing_vpc:
            yield from self._conflicts_with(self.existing_vpc)

    def _conflicts_with(self, existing: ExistingVpc) -> Iterator[tuple[str, str]]:
        for key in sorted({"cidr", "nat"} & self.model_fields_set):
            yield key, "is decided by the existing VPC; remove it, or remove [network.existing_vpc]"
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
