"""A single EC2 instance: a record only, nothing runs."""

from __future__ import annotations

from typing import Any

from local.emulator import hooks
from local.emulator.resource_types.resource_type import (
    Properties,
    Provisioned,
    ResourceType,
    element,
    given,
    raise_for_error,
)


def _attributes(instance_id: str) -> dict[str, Any]:
    instance = hooks.service("ec2")._instances[instance_id]
    return {
        "InstanceId": instance_id,
        "AvailabilityZone": hooks.core("responses").get_region() + "a",
        "PrivateIp": instance["PrivateIpAddress"],
        "PrivateDnsName": instance["PrivateDnsName"],
        "PublicIp": "",
        "PublicDnsName": "",
        "VpcId": instance["VpcId"],
    }


def _create(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    ec2 = hooks.service("ec2")
    request = given(properties, "ImageId", "InstanceType", "SubnetId")
    for number, group_id in enumerate(properties.get("SecurityGroupIds", []), start=1):
        request[f"SecurityGroupId.{number}"] = group_id
    instance_id = element(raise_for_error(ec2._run_instances(request)), "instanceId")
    hooks.service("cloudformation.provisioners")._ec2_apply_tags(instance_id, properties)
    return instance_id, _attributes(instance_id)


def _delete(physical_id: str, _properties: Properties) -> None:
    raise_for_error(hooks.service("ec2")._terminate_instances({"InstanceId.1": physical_id}))


TYPES = {"AWS::EC2::Instance": ResourceType(create=_create, delete=_delete)}
