"""What would hurt of a change to the ways that requests and replies take."""

from collections.abc import Iterator

from instandt_cdk.changes import harms
from instandt_cdk.changes.difference import Change, Fate
from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.stacks import Json, Stacks

EVERYWHERE = "0.0.0.0/0"


def serving(change: Change) -> Iterator[Harm]:
    """Something that each request passes, and that nothing stands in for."""
    if change.fate is not Fate.CHANGED:
        yield harms.SERVING


def targets(change: Change) -> Iterator[Harm]:
    """A target group. The listener's rule is led to a new one before there are tasks in it."""
    if change.fate is Fate.REPLACED:
        yield harms.TARGETS_REPLACED
    else:
        yield from serving(change)


def load_balancer(change: Change) -> Iterator[Harm]:
    """A load balancer."""
    yield from serving(change)
    if change.fate is Fate.CHANGED and _loses_some(*change.values("Subnets")):
        yield harms.BALANCER_MOVED


def subnet_group(change: Change) -> Iterator[Harm]:
    """The database's subnets. RDS keeps one that an instance is in."""
    if change.fate is not Fate.CHANGED or _loses_some(*change.values("SubnetIds")):
        yield harms.NETWORK


def mount_target(change: Change) -> Iterator[Harm]:
    """A file system's address in a zone, of which there can be one only."""
    if change.fate is Fate.REPLACED:
        yield harms.NETWORK


def vpc_origin(change: Change) -> Iterator[Harm]:
    """CloudFront's way to the load balancer, which cannot be changed while it is used."""
    del change  # whatever it is
    yield harms.VPC_ORIGIN


def private_zone(change: Change) -> Iterator[Harm]:
    """The zone of the load balancer's private name."""
    if change.fate is Fate.REPLACED and change.differs("Name"):
        yield harms.INTERNAL_NAME
    elif change.fate is not Fate.CHANGED:
        yield harms.SERVING


def record(change: Change, after: Stacks) -> Iterator[Harm]:
    """A DNS record. Those in a zone of ours go with the zone; the operator's zone has the site's."""
    zone, _ = change.values("HostedZoneId")
    name, _ = change.values("Name")
    kept = {resource.properties.get("Name") for resource in after.resources.values()}
    if isinstance(zone, str) and name not in kept:
        yield harms.ADDRESS


def route(change: Change, before: Stacks, after: Stacks) -> Iterator[Harm]:
    """A route. The one to the internet is needed until no image comes from there."""
    table = change.before.properties["RouteTableId"]["Ref"]
    if (
        change.fate is Fate.REMOVED
        and change.before.properties.get("DestinationCidrBlock") == EVERYWHERE
        and table in after.resources
        # What checks GitLab's token is there as long as images come from GitLab.
        and any(used.type == "Custom::RegistryAccess" for used in before.resources.values())
    ):
        yield harms.IMAGES_UNREACHABLE


def way_out(change: Change) -> Iterator[Harm]:
    """A NAT gateway, or a NAT instance: no other instance is outside of a group."""
    if change.fate is not Fate.CHANGED:
        yield harms.WAY_OUT_MOVED


def _loses_some(before: Json, after: Json) -> bool:
    return any(subnet not in (after or ()) for subnet in before)
