"""Network: the VPC, its ways out, and the private ways to AWS's services."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.components.logs import Logs
from instandt_cdk.components.operations_key import OperationsKey
from instandt_cdk.regions import CLOUDFRONT_PREFIX_LISTS
from instandt_cdk.settings import NetworkSettings, OperationsSettings

ENDPOINT_SERVICES = {
    "Ecs": ec2.InterfaceVpcEndpointAwsService.ECS,
    "EcsAgent": ec2.InterfaceVpcEndpointAwsService.ECS_AGENT,
    "EcsTelemetry": ec2.InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
    "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Ssm": ec2.InterfaceVpcEndpointAwsService.SSM,
    "SsmMessages": ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
    "Ec2Messages": ec2.InterfaceVpcEndpointAwsService.EC2_MESSAGES,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "Kms": ec2.InterfaceVpcEndpointAwsService.KMS,
}


class NetworkStack(cdk.Stack):
    """Network: VPC over the availability zones, NAT, endpoints of AWS services, flow logs."""

    vpc: ec2.Vpc
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
        size = int(settings.cidr.partition("/")[2])
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(settings.cidr),
            availability_zones=[f"{self.region}{letter}" for letter in settings.zones],
            nat_gateways=settings.nat_gateways,
            # Every security group is made for its purpose; closing the default one would take a function.
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=size + 8,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Application",
                    subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS,
                    cidr_mask=size + 4,
                ),
                ec2.SubnetConfiguration(
                    name="Data",
                    subnet_type=ec2.SubnetType.PRIVATE_ISOLATED,
                    cidr_mask=size + 8,
                ),
            ],
            flow_logs={
                "FlowLog": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                        self.logs.group(self, "FlowLogs")
                    )
                )
            },
        )
        accept(
            self.vpc,
            {
                "VPCDefaultSecurityGroupClosed": "Nothing is in the default group: everything has a group "
                "of its own.",
                "VPCNoUnrestrictedRouteToIGW": "The public subnets hold nothing but the NAT gateways.",
            },
        )

        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        endpoints = ec2.SecurityGroup(
            self,
            "EndpointSecurityGroup",
            vpc=self.vpc,
            description="HTTPS from inside the VPC to the endpoints of AWS services",
            allow_all_outbound=False,
        )
        endpoints.add_ingress_rule(ec2.Peer.ipv4(settings.cidr), ec2.Port.tcp(443), "from the VPC")
        for name, service in ENDPOINT_SERVICES.items():
            self.vpc.add_interface_endpoint(
                name,
                service=service,
                subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
                security_groups=[endpoints],
                open=False,
            )

        self.cloudfront_prefix_list_id = (
            settings.cloudfront_prefix_list_id or CLOUDFRONT_PREFIX_LISTS[self.region]
        )
