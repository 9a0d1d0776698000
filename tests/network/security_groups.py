"""What security groups let through ("Security group rules", Amazon VPC User Guide)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from tests.network.parties import Party
from tests.network.resources import Properties, Resources, of_type

PREFIXES = {"ingress": "Source", "egress": "Destination"}


@dataclass(frozen=True)
class Rule:
    """Lets connections of one direction through."""

    first_port: int
    last_port: int
    cidr: IPv4Network | None
    group: str | None
    prefix_list: str | None

    def names(self, other: Party) -> bool:
        """Whether it names the other end: its security group or its prefix list."""
        return self.group in other.groups or (
            self.prefix_list is not None and self.prefix_list == other.prefix_list
        )

    def holds(self, address: IPv4Network) -> bool:
        """Whether it names a range that holds the address."""
        return self.cidr is not None and address.subnet_of(self.cidr)


class SecurityGroups:
    """All rules of all security groups."""

    def __init__(self, found: Resources) -> None:
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for key, group in of_type(found, "AWS::EC2::SecurityGroup"):
            for direction in PREFIXES:
                inline = group.get(f"SecurityGroup{direction.capitalize()}", [])
                self._rules[key, direction] = list(_rules(inline, direction))
            # Otherwise AWS adds a rule that lets everything out, whatever rules are added to the group later
            # ("AWS::EC2::SecurityGroup", AWS CloudFormation Template Reference).
            assert "SecurityGroupEgress" in group, f"{key} needs an egress rule in itself"
        for direction in PREFIXES:
            kind = f"AWS::EC2::SecurityGroup{direction.capitalize()}"
            for _, properties in of_type(found, kind):
                group_id = properties["GroupId"]
                self._rules[group_id, direction] += _rules([properties], direction)

    def let(self, source: Party, target: Party, port: int) -> bool:
        """Whether the groups of both ends let a TCP connection through."""
        return self._open(source, "egress", target, port) and self._open(
            target, "ingress", source, port
        )

    def _open(self, party: Party, direction: str, other: Party, port: int) -> bool:
        """Whether a party's rules let connections with the other end through, wherever that is."""
        if not party.is_guarded:
            return True
        rules = [
            rule
            for group in party.groups
            for rule in self._rules[group, direction]
            if rule.first_port <= port <= rule.last_port
        ]
        return any(rule.names(other) for rule in rules) or (
            bool(other.addresses)
            and all(any(rule.holds(address) for rule in rules) for address in other.addresses)
        )

    @property
    def ports(self) -> set[int]:
        """The ports where something begins or ends to be let through."""
        rules = [rule for rules in self._rules.values() for rule in rules]
        return {port for rule in rules for port in (rule.first_port, rule.last_port)}


def _rules(written: Iterable[Properties], direction: str) -> Iterator[Rule]:
    """The rules for TCP over IPv4; nothing here has an IPv6 address."""
    other = PREFIXES[direction]
    for rule in written:
        if rule["IpProtocol"] in ("tcp", "-1"):
            everything = rule["IpProtocol"] == "-1"
            cidr = rule.get("CidrIp")
            yield Rule(
                first_port=0 if everything else rule["FromPort"],
                last_port=65535 if everything else rule["ToPort"],
                cidr=IPv4Network(cidr) if cidr else None,
                group=rule.get(f"{other}SecurityGroupId"),
                prefix_list=rule.get(f"{other}PrefixListId"),
            )
