"""NAT on small instances, one per zone: the cheapest way out, for trials."""

from aws_cdk import aws_ec2 as ec2

from instandt_cdk.compliance import accept

WAY_OUT = "until yum install --assumeyes iptables-services; do sleep 5; done"
"""An instance gets its public address only after it has started. Its installation has to wait for that."""


def nat_instances() -> ec2.NatInstanceProviderV2:
    """Return instances for a VPC to make. They forward nothing until `open_and_harden` lets them.

    When Amazon releases a new machine image, the next deployment replaces them. They keep their addresses,
    but nothing gets out for some minutes.
    """
    user_data = ec2.UserData.for_linux()
    user_data.add_commands(WAY_OUT, *ec2.NatInstanceProviderV2.DEFAULT_USER_DATA_COMMANDS)
    return ec2.NatProvider.instance_v2(
        instance_type=ec2.InstanceType("t4g.nano"),
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
        # The library would make a launch template with a name that all environments share.
        resource.metadata_options = ec2.CfnInstance.MetadataOptionsProperty(
            http_tokens="required", http_put_response_hop_limit=1
        )
        resource.block_device_mappings = [
            ec2.CfnInstance.BlockDeviceMappingProperty(
                device_name="/dev/xvda",
                ebs=ec2.CfnInstance.EbsProperty(volume_size=8, volume_type="gp3", encrypted=True),
            )
        ]
        accept(
            instance,
            {"EC29": "It holds nothing; when lost, the next deployment makes another."},
        )
