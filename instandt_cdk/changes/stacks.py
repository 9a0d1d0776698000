"""Templates of an environment's stacks, and who refers to whom in them."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

Json = Any
Template = Mapping[str, Json]


class Place(NamedTuple):
    """Where a stack is."""

    region: str
    name: str


class Address(NamedTuple):
    """Where a resource is."""

    place: Place
    logical_id: str


@dataclass(frozen=True)
class Resource:
    """A resource as its template describes it. In its properties, references are replaced by addresses."""

    type: str
    properties: Mapping[str, Json]
    is_deleted: bool
    """Whether CloudFormation deletes it when it leaves the stack; otherwise it stays in the account."""


@dataclass(frozen=True)
class Stacks:
    """The stacks of an environment, deployed or synthesized."""

    templates: Mapping[Place, Template]

    @classmethod
    def synthesized(cls, assembly: Path) -> Self:
        """Read what the CDK has synthesized.

        Args:
            assembly: The CDK's output folder.
        """
        manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
        templates = {}
        for artifact in manifest["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                place = Place(artifact["environment"].rpartition("/")[2], properties["stackName"])
                file = assembly / properties["templateFile"]
                templates[place] = json.loads(file.read_text(encoding="utf-8"))
        return cls(templates)

    @cached_property
    def resources(self) -> Mapping[Address, Resource]:
        """All resources."""
        return {
            Address(place, logical_id): Resource(
                type=resource["Type"],
                properties=self._resolved(resource.get("Properties", {}), place),
                is_deleted=not resource.get("DeletionPolicy", "Delete").startswith("Retain"),
            )
            for place, template in self.templates.items()
            for logical_id, resource in template["Resources"].items()
        }

    @cached_property
    def users(self) -> Mapping[Address, set[Address]]:
        """The resources that refer to a resource, from the same or another stack."""
        users = defaultdict(set)
        for address, resource in self.resources.items():
            for used in referred(resource.properties):
                users[used].add(address)
        return users

    def used(self, user: Resource, kind: str) -> list[Resource]:
        """The resources of a type that a resource refers to, in its own or another stack."""
        used = (self.resources.get(address) for address in referred(user.properties))
        return [resource for resource in used if resource and resource.type == kind]

    def _resolved(self, value: Json, place: Place) -> Json:
        """The value with an address for each reference; one to another stack's output is followed."""
        if isinstance(value, list):
            return [self._resolved(item, place) for item in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": str(name)}:
                return {"Ref": Address(place, name)}
            case {"Fn::GetAtt": [name, attribute]}:
                return {"Fn::GetAtt": [Address(place, name), attribute]}
            case {"Fn::GetStackOutput": {"StackName": str(name), "OutputName": output, **others}}:
                producer = Place(str(others.get("Region", place.region)), name)
                outputs = self.templates.get(producer, {}).get("Outputs", {})
                if output in outputs:
                    return self._resolved(outputs[output]["Value"], producer)
        return {key: self._resolved(item, place) for key, item in value.items()}


def producers(template: Template, *, region: str) -> set[Place]:
    """The stacks whose outputs a template reads.

    Args:
        template: The template.
        region: The region of its stack.
    """
    return {
        Place(found.get("Region", region), found["StackName"])
        for found in _values(template, "Fn::GetStackOutput")
    }


def referred(value: Json) -> set[Address]:
    """The addresses in a resolved value."""
    named = {found for found in _values(value, "Ref") if isinstance(found, Address)}
    return named | {found[0] for found in _values(value, "Fn::GetAtt")}


def _values(value: Json, key: str) -> Iterator[Json]:
    """What stands under a key, however deep."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for item in value.values():
            yield from _values(item, key)
    # An address is a tuple.
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, key)
