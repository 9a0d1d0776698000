"""NAT on small instances, one per zone: a way out at the price of a trial."""

from aws_cdk import aws_ec2 as ec2

from instandt_cdk.compliance import accept

WAY_OUT = "until yum install --assumeyes iptables-services; do sleep 5; done"
"""An instance gets its address when it runs already; what it installs has to wait for that."""


def nat_instances() -> ec2.NatInstanceProviderV2:
    """Instances of Amazon Linux, for a VPC to make; they pass nothing on before they are opened.

    A new image of Amazon Linux replaces them at the next deployment: they keep their addresses, but for
    minutes nothing gets out.
    """
    user_data = ec2.UserData.for_linux()
    user_data.add_commands(WAY_OUT, *ec2.NatInstanceProviderV2.DEFAULT_USER_DATA_COMMANDS)
    return ec2.NatProvider.instance_v2(
        instance_type=ec2.InstanceType("t4g.nano"),
        default_allowed_traffic=ec2.NatTrafficDirection.NONE,
        user_data=user_data,
    )


def open_and_harden(instances: ec2.NatInstanceProviderV2, *, cidr: str) -> None:
    """Let HTTPS through and guard the instances, to which nobody logs in: their role allows nothing.

    Args:
        instances: Of a VPC that has been made.
        cidr: The VPC's range, from which they take traffic.
    """
    # Everything inside sends HTTPS only, and so does the installation of their own packages.
    https = ec2.Port.tcp(443)
    instances.connections.allow_from(ec2.Peer.ipv4(cidr), https, "from the VPC")
    instances.connections.allow_to(ec2.Peer.any_ipv4(), https, "HTTPS")
    for instance in instances.gateway_instances:
        ec2.CfnEIP(instance, "Address", domain="vpc", instance_id=instance.instance_id)
        resource = instance.instance
        resource.monitoring = True
        # The library's own way makes a launch template, whose name would be that of other environments too.
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
