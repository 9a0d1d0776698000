"""VPC parts: addresses, NAT gateways, flow logs and single security group rules."""

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


def _tag(resource_id: str, properties: Properties) -> None:
    hooks.service("cloudformation.provisioners")._ec2_apply_tags(resource_id, properties)


def _create_address(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    answer = raise_for_error(hooks.service("ec2")._allocate_address({}))
    allocation_id, address = element(answer, "allocationId"), element(answer, "publicIp")
    _tag(allocation_id, properties)
    return address, {"AllocationId": allocation_id, "PublicIp": address}


def _delete_address(physical_id: str, _properties: Properties) -> None:
    ec2 = hooks.service("ec2")
    for allocation_id, address in ec2._addresses.items():
        if address["PublicIp"] == physical_id:
            raise_for_error(ec2._release_address({"AllocationId": allocation_id}))


def _create_nat_gateway(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    answer = raise_for_error(
        hooks.service("ec2")._create_nat_gateway(given(properties, "SubnetId", "AllocationId"))
    )
    gateway_id = element(answer, "natGatewayId")
    _tag(gateway_id, properties)
    return gateway_id, {"NatGatewayId": gateway_id}


def _delete_nat_gateway(physical_id: str, _properties: Properties) -> None:
    raise_for_error(hooks.service("ec2")._delete_nat_gateway({"NatGatewayId": physical_id}))


def _create_flow_log(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    answer = raise_for_error(
        hooks.service("ec2")._create_flow_logs(
            {
                "ResourceId.1": properties["ResourceId"],
                **given(
                    properties, "ResourceType", "TrafficType", "LogDestinationType", "LogGroupName"
                ),
            }
        )
    )
    flow_log_id = element(answer, "item")
    _tag(flow_log_id, properties)
    return flow_log_id, {"Id": flow_log_id}


def _delete_flow_log(physical_id: str, _properties: Properties) -> None:
    raise_for_error(hooks.service("ec2")._delete_flow_logs({"FlowLogId.1": physical_id}))


def _rule_type(permissions: str) -> ResourceType:
    """A security group rule of its own, kept in that list of its group's record."""

    def parsed(properties: Properties) -> list[Any]:
        rules: list[Any] = hooks.service("cloudformation.provisioners")._ec2_sg_permissions(
            [properties]
        )
        return rules

    def create(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
        group = hooks.service("ec2")._security_groups.get(properties["GroupId"])
        if group is None:
            raise ValueError(f"The security group '{properties['GroupId']}' does not exist")
        group.setdefault(permissions, []).extend(parsed(properties))
        rule_id = "sgr-" + hooks.core("responses").new_uuid().replace("-", "")[:17]
        return rule_id, {"Id": rule_id}

    def delete(_physical_id: str, properties: Properties) -> None:
        group = hooks.service("ec2")._security_groups.get(properties["GroupId"], {})
        kept = group.get(permissions, [])
        for rule in parsed(properties):
            if rule in kept:
                kept.remove(rule)

    return ResourceType(create=create, delete=delete)


TYPES = {
    "AWS::EC2::EIP": ResourceType(create=_create_address, delete=_delete_address),
    "AWS::EC2::NatGateway": ResourceType(create=_create_nat_gateway, delete=_delete_nat_gateway),
    "AWS::EC2::FlowLog": ResourceType(create=_create_flow_log, delete=_delete_flow_log),
    "AWS::EC2::SecurityGroupIngress": _rule_type("IpPermissions"),
    "AWS::EC2::SecurityGroupEgress": _rule_type("IpPermissionsEgress"),
}
