"""EC2 instances that are replaced by their age, and never by a release of the application."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.network.vpc import APPLICATION

REPLACED_AT_ONCE_PERCENT = 110
"""So many there may be while old ones are replaced, in percent: a tenth more, at least one."""


def instances(
    scope: Construct,
    *,
    vpc: ec2.IVpc,
    machine_image: str,
    instance_type: str,
    role: iam.IRole,
    security_group: ec2.ISecurityGroup,
    volume_gib: int,
    minimum: int,
    maximum: int,
    days: int,
    user_data: ec2.UserData | None = None,
) -> autoscaling.AutoScalingGroup:
    """Make an auto scaling group in the scope, and its launch template.

    Each instance starts from the newest machine image, which EC2 looks up at that moment. So a new machine
    image changes no template, and a deployment that finds one replaces nothing. An instance that has become
    too old is replaced; its successor starts before it ends.

    Source: "Use AWS Systems Manager parameters instead of AMI IDs in launch templates" and "Replace Auto
    Scaling instances based on maximum instance lifetime", Amazon EC2 Auto Scaling User Guide.

    Args:
        scope: The group's parent.
        vpc: Where the instances are, in the subnets of the application.
        machine_image: The SSM parameter that Amazon keeps the newest machine image's id in.
        instance_type: Their type.
        role: What they may do.
        security_group: Whom they may reach, and who them.
        volume_gib: The size of their encrypted root volume, in GiB.
        minimum: The least number of them.
        maximum: The largest number of them.
        days: The oldest that an instance becomes, 1 to 365.
        user_data: What an instance does when it starts for the first time.
    """
    template = ec2.LaunchTemplate(
        scope,
        "Template",
        instance_type=ec2.InstanceType(instance_type),
        machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(machine_image),
        role=role,
        security_group=security_group,
        user_data=user_data,
        http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
        http_put_response_hop_limit=1,
        detailed_monitoring=True,
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda",
                volume=ec2.BlockDeviceVolume.ebs(
                    volume_gib, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                ),
            )
        ],
    )
    group = autoscaling.AutoScalingGroup(
        scope,
        "Group",
        vpc=vpc,
        vpc_subnets=APPLICATION,
        min_capacity=minimum,
        max_capacity=maximum,
        launch_template=template,
        max_instance_lifetime=cdk.Duration.days(days),
        min_healthy_percentage=100,
        max_healthy_percentage=REPLACED_AT_ONCE_PERCENT,
    )
    accept(group, {"AS3": "It replaces what ends; nobody has to act on its notifications."})
    return group
