"""NAT on small instances, one per zone: the cheapest way out, for trials."""

from aws_cdk import aws_ec2 as ec2

from instandt_cdk.compliance import accept
from instandt_cdk.shared.machine_image import MACHINE_IMAGE

WAY_OUT = "until yum install --assumeyes iptables-services; do sleep 5; done"
"""An instance gets its public address only after it has started. Its installation has to wait for that."""


def nat_instances() -> ec2.NatInstanceProviderV2:
    """Return instances for a VPC to make. They forward nothing until `open_and_harden` lets them."""
    user_data = ec2.UserData.for_linux()
    user_data.add_commands(WAY_OUT, *ec2.NatInstanceProviderV2.DEFAULT_USER_DATA_COMMANDS)
    return ec2.NatProvider.instance_v2(
        instance_type=ec2.InstanceType("t4g.nano"),
        machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(MACHINE_IMAGE),
        default_allowed_traffic=ec2.NatTrafficDirection.NONE,
        user_data=user_data,
    )


def open_and_harden(instances: ec2.NatInstanceProviderV2, *, cidr: str, registry_port: int) -> None:
    """Let HTTPS through and harden the instances. Nobody logs in to them: their role allows nothing.

    Args:
        instances: The instances of a VPC that has been made.
        cidr: The range whose traffic they forward: the VPC's.
        registry_port: The image registry's TCP port.
    """
    # HTTPS is all that anything inside sends, if not always to its usual port, and all that the installation
    # of their packages needs.
    for port, purpose in {registry_port: "image registry", 443: "HTTPS"}.items():
        instances.connections.allow_from(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), "from the VPC")
        instances.connections.allow_to(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), purpose)
    for instance in instances.gateway_instances:
        ec2.CfnEIP(instance, "Address", domain="vpc", instance_id=instance.instance_id)
        resource = instance.instance
        resource.monitoring = True
        _launch_from_template(instance)
        resource.block_device_mappings = [
            ec2.CfnInstance.BlockDeviceMappingProperty(
                device_name="/dev/xvda",
                ebs=ec2.CfnInstance.EbsProperty(volume_size=8, volume_type="gp3", encrypted=True),
            )
        ]
        accept(
            instance,
            {"EC29": "It holds nothing, and is for trials."},
        )


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
