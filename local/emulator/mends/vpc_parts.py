"""ministack's CloudFormation refuses elastic IP addresses, NAT gateways and flow logs; its EC2 knows them.

Mended when `resource_types.add` says so. Reference: AWS::EC2::EIP, AWS::EC2::NatGateway and
AWS::EC2::FlowLog, CloudFormation Template Reference.
"""

from local.emulator import hooks, resource_types
from local.emulator.resource_types import body, element, given, tag


def install() -> None:
    """Add the types."""
    resource_types.add("AWS::EC2::EIP", create=_create_address, delete=_delete_address)
    resource_types.add("AWS::EC2::NatGateway", create=_create_nat, delete=_delete_nat)
    resource_types.add("AWS::EC2::FlowLog", create=_create_flow_log, delete=_delete_flow_log)


def _create_address(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    response = body(hooks.service("ec2")._allocate_address({}))
    allocation_id, address = element(response, "allocationId"), element(response, "publicIp")
    tag(allocation_id, properties)
    return address, {"AllocationId": allocation_id, "PublicIp": address}


def _delete_address(physical_id: str, _properties: hooks.Properties) -> None:
    ec2 = hooks.service("ec2")
    for allocation_id, address in ec2._addresses.items():
        if address["PublicIp"] == physical_id:
            body(ec2._release_address({"AllocationId": allocation_id}))


def _create_nat(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    request = given(properties, "SubnetId", "AllocationId")
    gateway_id = element(body(hooks.service("ec2")._create_nat_gateway(request)), "natGatewayId")
    tag(gateway_id, properties)
    return gateway_id, {"NatGatewayId": gateway_id}


def _delete_nat(physical_id: str, _properties: hooks.Properties) -> None:
    body(hooks.service("ec2")._delete_nat_gateway({"NatGatewayId": physical_id}))


def _create_flow_log(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    request = {
        "ResourceId.1": properties["ResourceId"],
        **given(properties, "ResourceType", "TrafficType", "LogDestinationType", "LogGroupName"),
    }
    flow_log_id = element(body(hooks.service("ec2")._create_flow_logs(request)), "item")
    tag(flow_log_id, properties)
    return flow_log_id, {"Id": flow_log_id}


def _delete_flow_log(physical_id: str, _properties: hooks.Properties) -> None:
    body(hooks.service("ec2")._delete_flow_logs({"FlowLogId.1": physical_id}))
