"""Network: the VPC, and what every other stack of its region uses."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.network.vpc import existing_vpc, own_vpc
from instandt_cdk.operations import Operations
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS


class NetworkStack(cdk.Stack):
    """Network: VPC over the availability zones, flow logs, topic of the alarms."""

    vpc: ec2.IVpc
    operations: Operations
    cloudfront_prefix_list_id: str

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment, settings: Settings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
        )
        self.operations = Operations.make(self, settings=settings)
        network = settings.network
        zones = [f"{self.region}{letter}" for letter in network.zones]
        if network.existing_vpc:
            self.vpc = existing_vpc(self, network.existing_vpc, zones=zones)
        else:
            self.vpc = own_vpc(self, network, zones=zones, logs=self.operations.logs)
        self.cloudfront_prefix_list_id = (
            network.cloudfront_prefix_list_id or CLOUDFRONT_PREFIX_LISTS[self.region]
        )
