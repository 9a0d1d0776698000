"""The stacks that are there, and what waits for what when they are deleted."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from instandt_cdk.changes.deployed import stacks as with_templates
from instandt_cdk.changes.stacks import Place, producers
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.doctor.stacks import deployed
from instandt_cdk.names import STACKS

DATA = {
    "AWS::RDS::DBInstance": "the database",
    "AWS::EFS::FileSystem": "the file system with media",
    "AWS::S3::Bucket": "buckets with media or logs",
    "AWS::SecretsManager::Secret": "secrets",
}
"""What a deletion without a way back is called."""

UNREAD = {"Cluster": "Egress"}
"""The stack that another one needs without reading its outputs: the instances' way to AWS's services."""


@dataclass(frozen=True, kw_only=True)
class StackThere:
    """A stack in the account, in whatever state."""

    title: str
    """What the application calls it, such as "Storage"."""
    place: Place
    identifier: str
    """Its ARN, by which it can be described after it is deleted, too."""
    is_protected: bool
    template: Mapping[str, Any]
    """Nothing if its first creation failed."""
    needs: Set[Place]
    """The stacks that are deleted after it."""

    @property
    def keeps_something(self) -> bool:
        """Whether something in it outlives it, as the deployed removal policy says."""
        return any(keeps(resource) for resource in self.template.get("Resources", {}).values())

    @property
    def lost(self) -> list[str]:
        """What is deleted with it, for people."""
        kinds = {
            resource["Type"]
            for resource in self.template.get("Resources", {}).values()
            if not keeps(resource)
        }
        return [name for kind, name in DATA.items() if kind in kinds]


def keeps(resource: Mapping[str, Any]) -> bool:
    """Whether a resource outlives its stack."""
    return bool(resource.get("DeletionPolicy", "Delete").startswith("Retain"))


def stacks(environment: Deployed) -> list[StackThere]:
    """Return the environment's stacks of all regions; nothing for those that are gone."""
    names = environment.settings.names
    titles = {names.stack(title): title for title in STACKS}
    there = {
        Place(region, stack["StackName"]): stack
        for region in environment.settings.regions
        for stack in deployed(environment.client("cloudformation", region=region), names)
    }
    templates = with_templates(
        lambda region: environment.client("cloudformation", region=region), there
    ).templates
    unread = {
        Place(region, names.stack(user)): {Place(region, names.stack(used))}
        for region in environment.settings.regions
        for user, used in UNREAD.items()
    }
    return [
        StackThere(
            title=titles[place.name],
            place=place,
            identifier=stack["StackId"],
            is_protected=bool(stack.get("EnableTerminationProtection")),
            template=template,
            needs=producers(template, region=place.region) | unread.get(place, set()),
        )
        for place, stack in there.items()
        for template in [templates.get(place, {})]
    ]
