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
    """Use a VPC of your own, in the environment's account and region, instead of a new one.

    A deployment looks nothing up, and changes nothing in the VPC, except that endpoints are added;
    `make doctor` compares the VPC with these settings. DNS hostnames and DNS support must be on. An
    internet gateway must be attached: CloudFront requires one but does not route through it. Each zone
    needs a private subnet for the application, with a route to the internet, through NAT or otherwise,
    and one for the database. Flow logs are your responsibility.

    Turn `interface_endpoints` on only if the VPC has no endpoints of these services yet, because two cannot
    share a name. They serve the whole VPC: its other hosts reach these services through them, too, from
    private addresses (RFC 1918, RFC 6598).
    """

    id: Annotated[str, Text(f"vpc-{_ID}", "a VPC's id", "vpc-0123456789abcdef0")]
    """The VPC's id."""

    cidr: str
    """The IPv4 range that contains all these subnets, between /16 and /28."""

    application_subnet_ids: SubnetIds
    """The ids of the subnets for containers, load balancer and endpoints: one per zone, in the order of
    `zones`, with at least 40 free addresses each."""

    data_subnet_ids: SubnetIds
    """The ids of the subnets for the database: one per zone, in the order of `zones`. They need no route
    out of the VPC."""

    application_route_table_ids: RouteTableIds = ()
    """The ids of the application subnets' route tables: one per zone, in the order of `zones`, repeated where
    subnets share one. They get a gateway endpoint for S3, which is free. Leave this out if the VPC already
    has one."""

    @field_validator("cidr")
    @classmethod
    def _range_of_a_vpc(cls, value: str) -> str:
        checked_range(value, smallest=SMALLEST_VPC)
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """No subnet may be named twice."""
        subnets = (*self.application_subnet_ids, *self.data_subnet_ids)
        repeated = sorted({subnet for subnet in subnets if subnets.count(subnet) > 1})
        if repeated:
            yield (
                "data_subnet_ids",
                f"repeats subnets, or shares some with application_subnet_ids: {', '.join(repeated)}; "
                "name a different subnet for each zone and purpose",
            )
