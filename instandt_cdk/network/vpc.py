"""The VPC: one of our own, or the operator's."""

from collections.abc import Iterator
from ipaddress import IPv4Network

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations import Logs
from instandt_cdk.settings import ExistingVpc, NetworkSettings
from instandt_cdk.settings.limits.ranges import MOST_ZONES

APPLICATION = ec2.SubnetSelection(subnet_group_name="Application")
"""Where the containers, their instances, the load balancer and the interface endpoints are. Selected by name,
because the operator chooses who makes these subnets and whether they have a way out."""

DATA = ec2.SubnetSelection(subnet_group_name="Data")
"""Where the database is."""

S3 = ec2.GatewayVpcEndpointAwsService.S3

_SMALL, _LARGE = 8, 4
"""How much longer a subnet's prefix is than the VPC's."""


def public_ranges(settings: NetworkSettings) -> Iterator[str]:
    """Yield the ranges that `own_vpc` leaves free for public subnets, one per zone: the first ones."""
    length = IPv4Network(settings.cidr).prefixlen + _SMALL
    yield from map(str, IPv4Network(settings.cidr).subnets(new_prefix=length))


def existing_vpc(scope: Construct, existing: ExistingVpc, *, zones: list[str]) -> ec2.IVpc:
    """Return the operator's VPC as the settings describe it. Nothing is looked up.

    Args:
        scope: The parent of what is added to it.
        existing: The ids of the VPC and, in the order of the zones, of its subnets.
        zones: The availability zones' full names.
    """
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id=existing.id,
        vpc_cidr_block=existing.cidr,
        availability_zones=zones,
        private_subnet_names=[str(APPLICATION.subnet_group_name)],
        private_subnet_ids=list(existing.application_subnet_ids),
        private_subnet_route_table_ids=list(existing.application_route_table_ids) or None,
        isolated_subnet_names=[str(DATA.subnet_group_name)],
        isolated_subnet_ids=list(existing.data_subnet_ids),
    )
    # Only the gateway endpoint needs route tables, and it is made only if the operator names them.
    cdk.Annotations.of(vpc).acknowledge_warning("@aws-cdk/aws-ec2:noSubnetRouteTableId")
    if existing.application_route_table_ids:
        vpc.add_gateway_endpoint("S3", service=S3, subnets=[APPLICATION])
    return vpc


def own_vpc(
    scope: Construct,
    settings: NetworkSettings,
    *,
    zones: list[str],
    logs: Logs,
) -> ec2.Vpc:
    """Return a VPC with flow logs and without a way out, which the stack Egress adds.

    The subnets' ranges depend neither on the way out nor on the number of zones, so both choices can be
    changed later. The internet gateway is always there, because CloudFront asks for one, though it does not
    route through it ("Restrict access with VPC origins", Amazon CloudFront Developer Guide).

    Args:
        scope: Its parent.
        settings: Its range.
        zones: The availability zones' full names.
        logs: How the flow logs are kept.
    """
    size = IPv4Network(settings.cidr).prefixlen
    vpc = ec2.Vpc(
        scope,
        "Vpc",
        ip_addresses=ec2.IpAddresses.cidr(settings.cidr),
        availability_zones=zones,
        reserved_azs=MOST_ZONES - len(zones),
        nat_gateways=0,
        # Nothing uses the default security group, and closing it would take a function.
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name="Public",
                subnet_type=ec2.SubnetType.PUBLIC,
                cidr_mask=size + _SMALL,
                reserved=True,
            ),
            ec2.SubnetConfiguration(
                name="Application",
                subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS,
                cidr_mask=size + _LARGE,
            ),
            ec2.SubnetConfiguration(
                name="Data",
                subnet_type=ec2.SubnetType.PRIVATE_ISOLATED,
                cidr_mask=size + _SMALL,
            ),
        ],
        flow_logs={
            "FlowLog": ec2.FlowLogOptions(
                destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                    logs.group(scope, "FlowLogs")
                ),
                # What was refused tells of attacks and mistakes. What was let through is most of the volume
                # and so of the cost; requests are in the logs of CloudFront and the load balancer. Security
                # Hub asks for no more ("EC2.6", AWS Security Hub User Guide).
                traffic_type=ec2.FlowLogTrafficType.REJECT,
            )
        },
    )
    accept(
        vpc,
        {
            "VPCDefaultSecurityGroupClosed": "Nothing is in the default group: everything has a group of "
            "its own."
        },
    )
    vpc.add_gateway_endpoint("S3", service=S3, subnets=[APPLICATION])
    return vpc
