"""ministack's CloudFormation refuses security group rules that are resources of their own.

Mended when `resource_types.add` says so. Reference: AWS::EC2::SecurityGroupIngress and
AWS::EC2::SecurityGroupEgress, CloudFormation Template Reference.
"""

from typing import Any

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the types; each keeps its rules in a list of the group's record."""
    _add("AWS::EC2::SecurityGroupIngress", "IpPermissions")
    _add("AWS::EC2::SecurityGroupEgress", "IpPermissionsEgress")


def _add(name: str, permissions: str) -> None:
    def create(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
        group = hooks.service("ec2")._security_groups.get(properties["GroupId"])
        if group is None:
            raise ValueError(f"The security group '{properties['GroupId']}' does not exist")
        group.setdefault(permissions, []).extend(_rules(properties))
        rule_id = "sgr-" + hooks.core("responses").new_uuid().replace("-", "")[:17]
        return rule_id, {"Id": rule_id}

    def delete(_physical_id: str, properties: hooks.Properties) -> None:
        group = hooks.service("ec2")._security_groups.get(properties["GroupId"], {})
        for rule in _rules(properties):
            if rule in group.get(permissions, []):
                group[permissions].remove(rule)

    resource_types.add(name, create=create, delete=delete)


def _rules(properties: hooks.Properties) -> list[dict[str, Any]]:
    """The rule as EC2 keeps it."""
    provisioners = hooks.service("cloudformation.provisioners")
    rules: list[dict[str, Any]] = provisioners._ec2_sg_permissions([properties])
    return rules
