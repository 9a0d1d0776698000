"""Egress: the ways out of the VPC, apart from what does not need them."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.egress.endpoints import add_interface_endpoints
from instandt_cdk.egress.nat import lead_out
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.settings import Settings


class EgressStack(cdk.Stack):
    """Egress: NAT, and endpoints of AWS services.

    They are made beside the database, which does not need them. Instances and tasks wait for them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        settings: Settings,
        network: NetworkStack,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description="Egress: NAT, and endpoints of AWS services.",
        )
        chosen = settings.network
        # An existing VPC has a way to the internet already.
        if isinstance(network.vpc, ec2.Vpc) and not chosen.is_closed:
            lead_out(self, network.vpc, chosen, registry_port=settings.registry.port)
        if chosen.has_interface_endpoints:
            add_interface_endpoints(
                self, network.vpc, clients=chosen.endpoint_clients, closed=chosen.is_closed
            )
