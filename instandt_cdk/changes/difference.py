"""Which resources CloudFormation would remove, replace or change."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from instandt_cdk.changes.stacks import Address, Json, Resource, Stacks, referred

CREATE_ONLY = Path(__file__).with_name("create_only.json")
"""By type: the properties whose change replaces the resource, always or sometimes, and those that name it.
Generated from CloudFormation's registry schemas; a test compares."""

SCHEMAS: Mapping[str, Mapping[str, list[str]]] = json.loads(CREATE_ONLY.read_text(encoding="utf-8"))

IN_PLACE = {
    # "AWS::RDS::DBInstance", AWS CloudFormation Template Reference.
    "AWS::RDS::DBInstance": {
        "AutoMinorVersionUpgrade",
        "BackupRetentionPeriod",
        "DBParameterGroupName",
        "MultiAZ",
        "PreferredMaintenanceWindow",
    },
    # The group's update policy replaces the instances one after the other, not the group.
    "AWS::AutoScaling::AutoScalingGroup": {"LaunchTemplate", "VPCZoneIdentifier"},
    # For instances with an EBS root volume in a VPC: they are stopped and started.
    "AWS::EC2::Instance": {"InstanceType", "SecurityGroupIds", "UserData"},
}
"""Properties that replace a resource sometimes according to the schema, but never as we use them."""


class Fate(StrEnum):
    """What becomes of a resource."""

    REMOVED = "removed"
    REPLACED = "replaced"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A resource that does not stay as it is."""

    address: Address
    fate: Fate
    before: Resource
    after: Resource | None
    """None if it is removed."""

    def values(self, name: str) -> tuple[Json, Json]:
        """The property before and after."""
        return self.before.properties.get(name), self.after and self.after.properties.get(name)

    def differs(self, *names: str) -> bool:
        """Whether one of the properties changes."""
        return any(before != after for before, after in map(self.values, names))


def changes(before: Stacks, after: Stacks) -> list[Change]:
    """Compare the stacks that are in both. A stack that is missing in one is created, or left alone."""
    compared = {
        address: (resource, after.resources.get(address))
        for address, resource in before.resources.items()
        if address.place in after.templates
    }
    replaced = _replaced(compared)
    found = []
    for address, (old, new) in compared.items():
        if new is None:
            fate = Fate.REMOVED
        elif address in replaced:
            fate = Fate.REPLACED
        elif old != new or referred(new.properties) & replaced:
            fate = Fate.CHANGED
        else:
            continue
        found.append(Change(address=address, fate=fate, before=old, after=new))
    return found


def _replaced(compared: Mapping[Address, tuple[Resource, Resource | None]]) -> set[Address]:
    """What is replaced for its own sake, and because it is bound to something that is replaced."""
    replaced: set[Address] = set()
    while more := {
        address
        for address, (old, new) in compared.items()
        if new is not None and address not in replaced and _is_replaced(old, new, replaced)
    }:
        replaced |= more
    return replaced


def _is_replaced(old: Resource, new: Resource, replaced: Collection[Address]) -> bool:
    if old.type != new.type:
        return True
    for path in _fixed(old.type):
        before, after = _at(old.properties, path), _at(new.properties, path)
        if before != after or referred(after) & set(replaced):
            return True
    return False


def _fixed(kind: str) -> Iterator[str]:
    """The properties of a type that CloudFormation cannot change; paths are separated by slashes."""
    if kind.startswith("Custom::"):
        # "AWS::CloudFormation::CustomResource", AWS CloudFormation Template Reference. What else a change
        # replaces is decided by the function; none of ours answers with another physical id to an update.
        yield "ServiceToken"
        return
    schema = SCHEMAS.get(kind, {})
    yield from schema.get("always", ())
    yield from set(schema.get("sometimes", ())) - IN_PLACE.get(kind, set())


def _at(properties: Json, path: str) -> Json:
    for key in path.split("/"):
        properties = properties.get(key) if isinstance(properties, dict) else None
    return properties
