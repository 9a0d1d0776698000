"""The way to the internet: public subnets with the NAT, and the routes that lead there."""

from itertools import cycle

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.egress.nat_instances import nat_instances
from instandt_cdk.network.vpc import APPLICATION, public_ranges
from instandt_cdk.settings import NetworkSettings


def lead_out(
    scope: Construct, vpc: ec2.Vpc, settings: NetworkSettings, *, registry_port: int
) -> None:
    """Lead the application subnets to the internet, over the NAT that `network.nat` chooses.

    The public subnets are made here, where the NAT is, and not with the VPC: a subnet cannot be deleted while
    a NAT gateway is in it, and CloudFormation deletes them in this order within one stack only.

    Args:
        scope: The parent of what is made.
        vpc: The VPC, which has an internet gateway.
        settings: Range and way out.
        registry_port: The image registry's TCP port.
    """
    inside = vpc.select_subnets(subnet_group_name=APPLICATION.subnet_group_name).subnets
    with_nat = inside[:1] if settings.nat == "single-gateway" else inside
    public = [
        _public_subnet(scope, f"Public{number}", vpc=vpc, zone=subnet.availability_zone, cidr=cidr)
        for number, (subnet, cidr) in enumerate(
            zip(with_nat, public_ranges(settings), strict=False), start=1
        )
    ]
    if settings.nat == "instance-per-zone":
        instances = nat_instances(
            scope, vpc, public, cidr=settings.cidr, registry_port=registry_port
        )
        ways = [{"instance_id": instance.instance_id} for instance in instances]
    else:
        ways = [{"nat_gateway_id": subnet.add_nat_gateway().ref} for subnet in public]
    for number, (subnet, way) in enumerate(zip(inside, cycle(ways), strict=False), start=1):
        ec2.CfnRoute(
            scope,
            f"Application{number}",
            route_table_id=subnet.route_table.route_table_id,
            destination_cidr_block="0.0.0.0/0",
            **way,
        )


def _public_subnet(
    scope: Construct, construct_id: str, *, vpc: ec2.Vpc, zone: str, cidr: str
) -> ec2.PublicSubnet:
    """Make a subnet whose hosts reach the internet, and are reached, by addresses of their own."""
    subnet = ec2.PublicSubnet(
        scope,
        construct_id,
        vpc_id=vpc.vpc_id,
        availability_zone=zone,
        cidr_block=cidr,
        map_public_ip_on_launch=False,
    )
    assert vpc.internet_gateway_id  # noqa: S101 - narrows the type
    subnet.add_default_internet_route(
        vpc.internet_gateway_id, vpc.internet_connectivity_established
    )
    accept(
        subnet,
        {"VPCNoUnrestrictedRouteToIGW": "The public subnets hold nothing but the NAT."},
    )
    # The library accepts this finding only for the subnets of its own VPC.
    cdk.Validations.of(subnet).acknowledge(
        cdk.Acknowledgment(
            id="CloudFormation-Validate::W3010",
            reason="The operator names the availability zones in the settings.",
        )
    )
    return subnet
