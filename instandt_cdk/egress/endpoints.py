"""The private ways to AWS's services."""

from collections.abc import Iterable

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.network.vpc import APPLICATION

SERVICES = {
    "Ecs": ec2.InterfaceVpcEndpointAwsService.ECS,
    "EcsAgent": ec2.InterfaceVpcEndpointAwsService.ECS_AGENT,
    "EcsTelemetry": ec2.InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
    "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Ssm": ec2.InterfaceVpcEndpointAwsService.SSM,
    "SsmMessages": ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
}
"""What the tasks, their instances and the bastion call. None calls KMS: the services that hold data do."""

CLOSED = {
    "Email": ec2.InterfaceVpcEndpointAwsService.EMAIL,
    "Rds": ec2.InterfaceVpcEndpointAwsService.RDS,
}
"""The backend also calls SES's API, and the function of the database's logins calls RDS's. Where there is
NAT, they go out that way. The endpoint of SES's API is not the one for SMTP ("AWS services that integrate
with AWS PrivateLink", AWS PrivateLink Guide)."""


def add_interface_endpoints(
    scope: Construct, vpc: ec2.IVpc, *, clients: Iterable[str], closed: bool
) -> None:
    """Let the VPC reach AWS's services without the internet.

    Args:
        scope: Their parent.
        vpc: The VPC; its application subnets get the endpoints.
        clients: The ranges that may use the endpoints.
        closed: Whether there is no other way to AWS's services.
    """
    security_group = ec2.SecurityGroup(
        scope,
        "EndpointSecurityGroup",
        vpc=vpc,
        description="HTTPS from inside the VPC to the endpoints of AWS services",
        allow_all_outbound=False,
    )
    for cidr in clients:
        security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "from the VPC")
    for name, service in (SERVICES | CLOSED if closed else SERVICES).items():
        ec2.InterfaceVpcEndpoint(
            scope,
            name,
            vpc=vpc,
            service=service,
            subnets=APPLICATION,
            security_groups=[security_group],
            open=False,
        )
