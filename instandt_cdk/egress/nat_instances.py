"""NAT on small instances, one per zone: the cheapest way out, for trials."""

from collections.abc import Iterable

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.shared.machine_image import MACHINE_IMAGE

WAY_OUT = "until yum install --assumeyes iptables-services; do sleep 5; done"
"""An instance gets its public address only after it has started. Its installation has to wait for that."""


def nat_instances(
    scope: Construct,
    vpc: ec2.Vpc,
    subnets: Iterable[ec2.PublicSubnet],
    *,
    cidr: str,
    registry_port: int,
) -> list[ec2.Instance]:
    """Make an instance in each subnet that lets HTTPS out. Nobody logs in to it: its role allows nothing.

    Args:
        scope: The parent of their security group.
        vpc: The VPC.
        subnets: The public subnets.
        cidr: The range whose traffic they forward: the VPC's.
        registry_port: The image registry's TCP port.
    """
    security_group = ec2.SecurityGroup(
        scope,
        "NatSecurityGroup",
        vpc=vpc,
        description="NAT instances: HTTPS from inside the VPC to the internet",
        allow_all_outbound=False,
    )
    # HTTPS is all that anything inside sends, if not always to its usual port, and all that the installation
    # of their packages needs.
    for port, purpose in {registry_port: "image registry", 443: "HTTPS"}.items():
        security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), "from the VPC")
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), purpose)
    return [_nat_instance(subnet, vpc, security_group) for subnet in subnets]


def _nat_instance(
    subnet: ec2.PublicSubnet, vpc: ec2.Vpc, security_group: ec2.SecurityGroup
) -> ec2.Instance:
    user_data = ec2.UserData.for_linux()
    user_data.add_commands(WAY_OUT, *ec2.NatInstanceProviderV2.DEFAULT_USER_DATA_COMMANDS)
    instance = ec2.Instance(
        subnet,
        "NatInstance",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[subnet]),
        instance_type=ec2.InstanceType("t4g.nano"),
        machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(MACHINE_IMAGE),
        security_group=security_group,
        source_dest_check=False,
        user_data=user_data,
        detailed_monitoring=True,
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda",
                volume=ec2.BlockDeviceVolume.ebs(
                    8, volume_type=ec2.EbsDeviceVolumeType.GP3, encrypted=True
                ),
            )
        ],
    )
    ec2.CfnEIP(instance, "Address", domain="vpc", instance_id=instance.instance_id)
    _launch_from_template(instance)
    accept(
        instance,
        {"EC29": "It holds nothing, and is for trials."},
    )
    return instance


def _launch_from_template(instance: ec2.Instance) -> None:
    """Let EC2 look up the newest machine image when it launches the instance, and only then.

    A parameter of the template would be read anew at each deployment, and a newer image would replace the
    instance: nothing would get out for some minutes. The library's own launch template has a name that all
    environments share.

    Source: "Use a Systems Manager parameter instead of an AMI ID" in "Create an Amazon EC2 launch template",
    Amazon EC2 User Guide.
    """
    resource = instance.instance
    template = ec2.CfnLaunchTemplate(
        instance,
        "Template",
        launch_template_data=ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
            image_id=resource.image_id,
            metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                http_tokens="required", http_put_response_hop_limit=1
            ),
        ),
    )
    resource.image_id = None
    resource.launch_template = ec2.CfnInstance.LaunchTemplateSpecificationProperty(
        launch_template_id=template.ref, version=template.attr_latest_version_number
    )
