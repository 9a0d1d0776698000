"""The templates of an environment as one set of resources, with the references between them followed."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.synthesis import Template

Properties = dict[str, Any]
Resources = Mapping[str, tuple[str, Properties]]
"""Type and properties of each, by "STACK.LOGICALID"."""

UNDERSTOOD = {
    "EIP", "FlowLog", "Instance", "InternetGateway", "LaunchTemplate", "NatGateway", "Route",
    "SecurityGroup", "SecurityGroupEgress", "SecurityGroupIngress", "Subnet",
    "SubnetRouteTableAssociation", "RouteTable", "VPC", "VPCEndpoint", "VPCGatewayAttachment",
}  # fmt: skip
"""The types of AWS::EC2 that the model knows; any other may open or close a way unseen."""

OTHERS = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CloudFront::VpcOrigin",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::EFS::MountTarget",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Lambda::Function",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBSubnetGroup",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::StepFunctions::StateMachine",
)


def resources(templates: Mapping[str, Template]) -> Resources:
    """All resources that have to do with the network.

    Raises:
        NotImplementedError: The model does not know one of them.
    """
    found: dict[str, tuple[str, Properties]] = {}
    for stack, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            kind = resource["Type"]
            if kind.startswith("AWS::EC2::") and kind.split("::")[2] not in UNDERSTOOD:
                raise NotImplementedError(f"{stack}.{logical_id}: teach the model {kind}")
            if kind.startswith("AWS::EC2::") or kind in OTHERS:
                properties = _resolved(templates, stack, resource.get("Properties", {}))
                found[f"{stack}.{logical_id}"] = (kind, properties)
    return found


def of_type(found: Resources, kind: str) -> Iterator[tuple[str, Properties]]:
    """Those of a type, with their keys."""
    return ((key, properties) for key, (type_, properties) in found.items() if type_ == kind)


def _resolved(templates: Mapping[str, Template], stack: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """The value with "STACK.LOGICALID" in place of each reference to a resource."""
    if isinstance(value, list):
        return [_resolved(templates, stack, item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name}:
            return f"{stack}.{name}" if name in templates[stack]["Resources"] else name
        case {"Fn::GetAtt": [name, _]}:
            return f"{stack}.{name}"
        case {"Fn::GetStackOutput": {"StackName": name, "OutputName": output}}:
            (other,) = [s for s in templates if name.endswith(f"-{s.lower()}")]
            return _resolved(templates, other, templates[other]["Outputs"][output]["Value"])
        case {"Fn::Join": [separator, parts]}:
            return separator.join(map(str, _resolved(templates, stack, parts)))
        case {"Fn::Base64": text}:
            return _resolved(templates, stack, text)
    return {key: _resolved(templates, stack, item) for key, item in value.items()}
