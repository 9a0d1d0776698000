"""The way in for operators: Session Manager, without an open port or a key pair."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.network.vpc import APPLICATION


class Bastion(Construct):
    """An instance in the private network that only Session Manager reaches."""

    instance: ec2.Instance

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Bastion: out to AWS services, nothing in",
            allow_all_outbound=False,
        )
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")
        self.instance = ec2.Instance(
            self,
            "Instance",
            vpc=vpc,
            vpc_subnets=APPLICATION,
            instance_type=ec2.InstanceType("t4g.nano"),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(
                cpu_type=ec2.AmazonLinuxCpuType.ARM_64
            ),
            security_group=security_group,
            role=_session_role(self),
            detailed_monitoring=True,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        8, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        # The instance's own `require_imdsv2` would give the template a name that all environments share.
        template = ec2.LaunchTemplate(
            self, "Template", require_imdsv2=True, http_put_response_hop_limit=1
        )
        self.instance.instance.launch_template = (
            ec2.CfnInstance.LaunchTemplateSpecificationProperty(
                launch_template_id=template.launch_template_id,
                version=template.latest_version_number,
            )
        )
        accept(
            self.instance,
            {"EC29": "It holds nothing; when lost, the next deployment makes another."},
        )


def _session_role(scope: Construct) -> iam.Role:
    """Return a role with the permissions that Session Manager needs, and no others.

    Source: "Verify or add instance permissions for Session Manager", AWS Systems Manager User Guide.
    """
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description="Lets Session Manager reach the bastion",
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            resources=["*"],
        )
    )
    instances = cdk.Stack.of(scope).format_arn(
        service="ec2", resource="instance", resource_name="*"
    )
    role.add_to_policy(
        iam.PolicyStatement(actions=["ssm:UpdateInstanceInformation"], resources=[instances])
    )
    accept(
        role,
        {
            "IAM5[Resource::*]": "Session Manager's channels have no resource level.",
            f"IAM5[Resource::{instances}]": "The instance has no id before it has its role.",
        },
    )
    return role
