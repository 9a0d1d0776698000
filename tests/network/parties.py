"""The two ends of a connection: where they are, and which security groups they are in."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS
from tests.network.resources import Properties, Resources, of_type

ANYWHERE = IPv4Network("0.0.0.0/0")

OTHER_RANGES = ("10.255.99.0/24", "172.31.99.0/24", "192.168.255.0/24", "100.127.99.0/24")
"""What an operator's VPC may have beside the range in the settings ("VPC CIDR blocks", Amazon VPC User
Guide)."""


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody who connects or is connected to."""

    name: str
    groups: frozenset[str] = frozenset()
    """Its security groups."""
    subnets: tuple[str, ...] = ()
    """Where in the VPC it may be; empty for somebody outside."""
    addresses: tuple[IPv4Network, ...] = ()
    """Ranges that hold its addresses."""
    prefix_list: str | None = None
    """The prefix list that holds its addresses."""
    is_guarded: bool = field(default=True)
    """Whether its security groups are ours; a stranger's let everything pass."""


INTERNET = Party(name="internet", addresses=(ANYWHERE,), is_guarded=False)


def cloudfront(settings: Settings) -> Party:
    """CloudFront, which comes from its own network interface and is known by a prefix list."""
    network, region = settings.network, settings.aws.region
    known = network.cloudfront_prefix_list_id or CLOUDFRONT_PREFIX_LISTS[region]
    return Party(name="cloudfront", prefix_list=known, is_guarded=False)


def stranger(settings: Settings, subnets: Iterable[str]) -> Party:
    """Other hosts in the VPC: in the operator's own, also in other ranges of the VPC."""
    ranges = OTHER_RANGES if settings.network.existing_vpc else (settings.network.cidr,)
    return Party(
        name="stranger",
        subnets=tuple(subnets),
        addresses=tuple(map(IPv4Network, ranges)),
        is_guarded=False,
    )


def inside(found: Resources, settings: Settings) -> dict[str, Party]:
    """Everything of instaNDT's that has an address in the VPC, by name."""
    ranges = {key: IPv4Network(p["CidrBlock"]) for key, p in of_type(found, "AWS::EC2::Subnet")}
    parties: dict[str, Party] = {}
    for name, groups, subnets in _placed(found):
        before = parties.get(name)
        places = (*(before.subnets if before else ()), *subnets)
        parties[name] = Party(
            name=name,
            groups=frozenset(groups) | (before.groups if before else frozenset()),
            subnets=places,
            # The subnets of an existing VPC are somewhere in its range.
            addresses=tuple(
                ranges.get(subnet, IPv4Network(settings.network.vpc_cidr)) for subnet in places
            ),
        )
    return parties


def _placed(found: Resources) -> Iterator[tuple[str, list[str], list[str]]]:
    """Name, security groups and subnets of each."""
    for _, balancer in of_type(found, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        yield "balancer", balancer["SecurityGroups"], balancer["Subnets"]
    for _, service in of_type(found, "AWS::ECS::Service"):
        _, task = found[service["TaskDefinition"]]
        (container,) = task["ContainerDefinitions"]
        yield container["Name"], *_awsvpc(service["NetworkConfiguration"]["AwsvpcConfiguration"])
    for _, machine in of_type(found, "AWS::StepFunctions::StateMachine"):
        for state in json.loads(machine["DefinitionString"])["States"].values():
            if "NetworkConfiguration" in state.get("Parameters", {}):
                place = state["Parameters"]["NetworkConfiguration"]["AwsvpcConfiguration"]
                yield "migration", *_awsvpc(place)
    for key, group in of_type(found, "AWS::AutoScaling::AutoScalingGroup"):
        _, template = found[group["LaunchTemplate"]["LaunchTemplateId"]]
        groups = template["LaunchTemplateData"]["SecurityGroupIds"]
        name = "bastion" if key.startswith("Services.Bastion") else "instances"
        yield name, groups, group["VPCZoneIdentifier"]
    for _, instance in of_type(found, "AWS::EC2::Instance"):
        yield "nat", instance["SecurityGroupIds"], [instance["SubnetId"]]
    for _, database in of_type(found, "AWS::RDS::DBInstance"):
        _, places = found[database["DBSubnetGroupName"]]
        yield "database", database["VPCSecurityGroups"], places["SubnetIds"]
    for _, target in of_type(found, "AWS::EFS::MountTarget"):
        yield "files", target["SecurityGroups"], [target["SubnetId"]]
    for _, function in of_type(found, "AWS::Lambda::Function"):
        if place := function.get("VpcConfig"):
            name = function["Handler"].partition(".")[0]
            yield name, place["SecurityGroupIds"], place["SubnetIds"]


def _awsvpc(place: Properties) -> tuple[list[str], list[str]]:
    return place["SecurityGroups"], place["Subnets"]
