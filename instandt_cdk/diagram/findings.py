"""What the templates say: what there is, and who reaches whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from instandt_cdk.changes.stacks import Address, Json, Resource, Stacks, referred


class MissingError(Exception):
    """The templates lack what the picture shows."""


@dataclass(frozen=True)
class Findings:
    """Looks things up in the stacks. Whatever is not there raises a MissingError."""

    stacks: Stacks

    def all(self, kind: str, prefix: str = "") -> dict[Address, Resource]:
        """All resources of a type whose logical id begins with the prefix; at least one."""
        found = {
            address: resource
            for address, resource in self.stacks.resources.items()
            if resource.type == kind and address.logical_id.startswith(prefix)
        }
        if not found:
            raise MissingError(f"no {kind} {prefix}".rstrip())
        return found

    def one(self, kind: str, prefix: str = "") -> Resource:
        """The only one of them."""
        found = self.all(kind, prefix)
        if len(found) > 1:
            raise MissingError(f"more than one {kind} {prefix}".rstrip())
        return next(iter(found.values()))

    def stack(self, resource: Resource) -> str:
        """The construct id of the stack that a resource is in."""
        (name,) = (
            address.place.name
            for address, found in self.stacks.resources.items()
            if found is resource
        )
        return name.rpartition("-")[2].capitalize()

    def used(self, user: Resource, kind: str) -> Resource:
        """The only resource of a type that another refers to."""
        found = self.stacks.used(user, kind)
        if len(found) != 1:
            raise MissingError(f"a {user.type} refers to {len(found)} {kind}")
        return found[0]

    def port(self, source: Resource, target: Resource) -> int:
        """The port on which a security group lets another in, of those that two resources have."""
        for group in _groups(source):
            for other in _groups(target):
                if (group, other) in self._ports:
                    return self._ports[group, other]
        raise MissingError(f"no way from a {source.type} to a {target.type}")

    def is_entered(self, resource: Resource) -> bool:
        """Whether a security group of a resource lets another in."""
        groups = set(_groups(resource))
        return any(entered in groups for _, entered in self._ports)

    @cached_property
    def _ports(self) -> dict[tuple[Address, Address], int]:
        """The port by the group that comes and the one that lets it in."""
        return {
            (_address(rule["SourceSecurityGroupId"]), _address(rule["GroupId"])): rule["ToPort"]
            for rule in (
                resource.properties
                for resource in self.stacks.resources.values()
                if resource.type == "AWS::EC2::SecurityGroupIngress"
            )
            if "SourceSecurityGroupId" in rule
        }

    def may(self, role: str, action: str) -> bool:
        """Whether policies of a role, given by the beginning of its logical id, allow an action."""
        return any(
            action in _actions(statement)
            for policy in self.all("AWS::IAM::Policy", role).values()
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        )


def _address(group: Json) -> Address:
    found: Address = group["Fn::GetAtt"][0]
    return found


def _actions(statement: Json) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def _groups(resource: Resource) -> Iterator[Address]:
    for address in sorted(referred(resource.properties)):
        if "SecurityGroup" in address.logical_id:
            yield address


def text(value: Json) -> str:
    """A string, from which parts that only AWS knows are left out."""
    parts = value["Fn::Join"][1] if isinstance(value, dict) else [value]
    return "".join(part for part in parts if isinstance(part, str))
