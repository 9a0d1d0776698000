"""Compare what is deployed with what would be."""

from collections import defaultdict

from instandt_cdk.changes import causes, harms
from instandt_cdk.changes.difference import changes
from instandt_cdk.changes.finding import Finding
from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.rules import harms_of
from instandt_cdk.changes.stacks import Address, Place, Resource, Stacks


def examine(before: Stacks, after: Stacks) -> list[Finding]:
    """Find out what a deployment would hurt: a finding for each way in which it would, the worst first.

    Args:
        before: The stacks as they are deployed, with those that no longer belong to the environment.
        after: The stacks as they would be.
    """
    things: dict[Harm, dict[Address, str]] = defaultdict(dict)
    for change in changes(before, after):
        for harm in harms_of(change, before, after):
            things[harm][change.address] = _described(change.before)
    for place in sorted(before.templates.keys() - after.templates.keys()):
        things[_left(place, after)][Address(place, "")] = "stack"
    changed = causes.changed(before, after)
    found = [
        Finding(
            harm=harm,
            things=resources,
            causes={key: sides for key, sides in changed.items() if key.startswith(harm.keys)}
            or changed,
        )
        for harm, resources in things.items()
    ]
    return sorted(
        found, key=lambda finding: [*harms.Verdict].index(finding.harm.verdict), reverse=True
    )


def _described(resource: Resource) -> str:
    kind, name = resource.type.rpartition("::")[2], resource.properties.get("Name")
    return f"{kind} {name}" if isinstance(name, str) else kind


def _left(place: Place, after: Stacks) -> Harm:
    """A stack that the environment has no longer: the copy's, an existing VPC's, or all of another region."""
    if place.name.endswith("-replica"):
        return harms.COPY_LEFT
    network = place._replace(name=place.name.replace("-egress", "-network"))
    return harms.ENDPOINTS_LEFT if network in after.templates else harms.REGION
