"""Network: the VPC, its ways out, and the private ways to AWS's services."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.network.endpoints import add_interface_endpoints
from instandt_cdk.network.vpc import existing_vpc, own_vpc
from instandt_cdk.operations.key import OperationsKey
from instandt_cdk.operations.logs import Logs
from instandt_cdk.settings import NetworkSettings, OperationsSettings
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS


class NetworkStack(cdk.Stack):
    """Network: VPC over the availability zones, NAT, endpoints of AWS services, flow logs."""

    vpc: ec2.IVpc
    operations_key: OperationsKey
    logs: Logs
    cloudfront_prefix_list_id: str

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        settings: NetworkSettings,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(
            scope, construct_id, env=env, stack_name=stack_name, description=type(self).__doc__
        )
        self.operations_key = OperationsKey(self, "OperationsKey", operations=operations)
        self.logs = Logs(key=self.operations_key, operations=operations)
        zones = [f"{self.region}{letter}" for letter in settings.zones]
        if settings.existing_vpc:
            self.vpc = existing_vpc(self, settings.existing_vpc, zones=zones)
        else:
            self.vpc = own_vpc(self, settings, zones=zones, logs=self.logs)
        if settings.interface_endpoints:
            add_interface_endpoints(
                self, self.vpc, cidr=settings.vpc_cidr, closed=settings.is_closed
            )
        self.cloudfront_prefix_list_id = (
            settings.cloudfront_prefix_list_id or CLOUDFRONT_PREFIX_LISTS[self.region]
        )
