"""ministack's CloudFormation refuses single EC2 instances; its EC2 keeps them as records, nothing runs.

Mended when `resource_types.add` says so. Reference: AWS::EC2::Instance, CloudFormation Template Reference.
"""

from local.emulator import hooks, resource_types
from local.emulator.resource_types import body, element, given, tag


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::EC2::Instance", create=_create, delete=_delete)


def _create(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    ec2 = hooks.service("ec2")
    request = given(properties, "ImageId", "InstanceType", "SubnetId")
    for number, group_id in enumerate(properties.get("SecurityGroupIds", []), start=1):
        request[f"SecurityGroupId.{number}"] = group_id
    instance_id = element(body(ec2._run_instances(request)), "instanceId")
    tag(instance_id, properties)
    instance = ec2._instances[instance_id]
    return instance_id, {
        "InstanceId": instance_id,
        "AvailabilityZone": hooks.core("responses").get_region() + "a",
        "PrivateIp": instance["PrivateIpAddress"],
        "PrivateDnsName": instance["PrivateDnsName"],
        "PublicIp": "",
        "PublicDnsName": "",
        "VpcId": instance["VpcId"],
    }


def _delete(physical_id: str, _properties: hooks.Properties) -> None:
    body(hooks.service("ec2")._terminate_instances({"InstanceId.1": physical_id}))
