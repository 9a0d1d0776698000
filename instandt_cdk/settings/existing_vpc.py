"""The section [network.existing_vpc]."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, field_validator

from instandt_cdk.settings.ipv4_range import checked_range
from instandt_cdk.settings.limits.ranges import SMALLEST_VPC
from instandt_cdk.settings.section import Section, Text

_ID = r"([0-9a-f]{8}|[0-9a-f]{17})"

SubnetIds = Annotated[
    tuple[Annotated[str, Text(f"subnet-{_ID}", "a subnet's id", "subnet-0123456789abcdef0")], ...],
    Field(strict=False),
]
RouteTableIds = Annotated[
    tuple[Annotated[str, Text(f"rtb-{_ID}", "a route table's id", "rtb-0123456789abcdef0")], ...],
    Field(strict=False),
]


class ExistingVpc(Section):
    """A VPC of yours, in the environment's account and region, instead of one that is made for instaNDT.

    Nothing about it is looked up, and nothing in it is changed except for the endpoints below. It needs DNS
    hostnames and DNS support switched on, an internet gateway attached (CloudFront asks for one and does not
    route through it), and in each zone one private subnet for the application, whose route table has a way
    out to the internet, through NAT or otherwise, and one for the database. Flow logs are yours.
    """

    id: Annotated[str, Text(f"vpc-{_ID}", "a VPC's id", "vpc-0123456789abcdef0")]
    """The VPC's id."""

    cidr: str
    """The IPv4 range that all these subnets lie in, between /16 and /28."""

    application_subnet_ids: SubnetIds
    """The ids of the subnets of containers, load balancer and endpoints: one per zone, in the order of
    `zones`, with at least 40 free addresses each."""

    data_subnet_ids: SubnetIds
    """The ids of the database's subnets: one per zone, in the order of `zones`. Nothing needs to lead out of
    them."""

    application_route_table_ids: RouteTableIds = ()
    """The ids of the application subnets' route tables, one per zone in the order of `zones`, repeated where
    subnets share one. When given, they get a gateway endpoint for S3, which costs nothing. Leave it out where
    the VPC already has one."""

    @field_validator("cidr")
    @classmethod
    def _range_of_a_vpc(cls, value: str) -> str:
        checked_range(value, smallest=SMALLEST_VPC)
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Each subnet has one purpose and one zone."""
        subnets = (*self.application_subnet_ids, *self.data_subnet_ids)
        repeated = sorted({subnet for subnet in subnets if subnets.count(subnet) > 1})
        if repeated:
            yield (
                "data_subnet_ids",
                f"is not free of repetition together with application_subnet_ids: {', '.join(repeated)}; "
                "name a subnet of its own for each zone and purpose",
            )
