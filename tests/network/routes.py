"""Where packets go that leave a subnet ("Route tables", Amazon VPC User Guide)."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network

from tests.network.parties import INTERNET, Party
from tests.network.resources import Properties, Resources, of_type
from tests.network.security_groups import SecurityGroups

FORWARDS = ("net.ipv4.ip_forward=1", "-A POSTROUTING", "-j MASQUERADE", "-F FORWARD")
"""What a NAT instance must say to pass other hosts' packets ("NAT instances", Amazon VPC User Guide)."""
REFUSES = re.compile(r"-j (DROP|REJECT)|--dports?\b|-P FORWARD")


class Routes:
    """Route tables, NAT gateways, NAT instances and the internet gateway."""

    def __init__(
        self,
        found: Resources,
        groups: SecurityGroups,
        *,
        led_out_elsewhere: Mapping[str, str | None],
    ) -> None:
        """Read them.

        Args:
            found: All resources.
            groups: Of the NAT instances.
            led_out_elsewhere: The subnets whose routes to the internet are the operator's, and their tables.
        """
        self._found = found
        self._groups = groups
        self._led_out_elsewhere = led_out_elsewhere
        self.tables = {
            **led_out_elsewhere,
            **{
                association["SubnetId"]: association["RouteTableId"]
                for _, association in of_type(found, "AWS::EC2::SubnetRouteTableAssociation")
            },
        }
        self._attached = {
            attachment["InternetGatewayId"]
            for _, attachment in of_type(found, "AWS::EC2::VPCGatewayAttachment")
        }
        self._addressed = {
            address["InstanceId"]
            for _, address in of_type(found, "AWS::EC2::EIP")
            if "InstanceId" in address
        }

    @property
    def has_internet_gateway(self) -> bool:
        """Whether the VPC has one; the operator's has."""
        return bool(self._attached or self._led_out_elsewhere)

    def lead_out(self, source: Party, port: int) -> bool:
        """Whether the party reaches the internet on the port, wherever in the VPC it is."""
        return bool(source.subnets) and all(
            subnet in self._led_out_elsewhere or self._leads_out(subnet, source, port)
            for subnet in source.subnets
        )

    def _leads_out(self, subnet: str, source: Party, port: int) -> bool:
        for route in self._defaults(subnet):
            if gateway := self._found.get(route.get("NatGatewayId", "")):
                return self._is_public(gateway[1])
            if instance := self._found.get(route.get("InstanceId", "")):
                return self._passes(route["InstanceId"], instance[1], source, port)
            # Only who has a public address gets out through the internet gateway itself.
            return source.name == "nat" and route.get("GatewayId") in self._attached
        return False

    def _is_public(self, gateway: Properties) -> bool:
        return gateway["AllocationId"] in self._found and self._is_at_the_gateway(
            gateway["SubnetId"]
        )

    def _passes(self, key: str, instance: Properties, source: Party, port: int) -> bool:
        """Whether a NAT instance lets the party's packets in, forwards them, and lets them out."""
        nat = Party(
            name="nat",
            groups=frozenset(instance["SecurityGroupIds"]),
            addresses=(IPv4Network(self._found[instance["SubnetId"]][1]["CidrBlock"]),),
        )
        # What it forwards is for an address outside; the group of the sender has been asked already.
        sender = Party(name=source.name, addresses=source.addresses, is_guarded=False)
        script = instance["UserData"]
        return (
            instance["SourceDestCheck"] is False
            and key in self._addressed
            and self._is_at_the_gateway(instance["SubnetId"])
            and self._groups.let(sender, nat, port)
            and self._groups.let(nat, INTERNET, port)
            and all(command in script for command in FORWARDS)
            and not REFUSES.search(script)
        )

    def _is_at_the_gateway(self, subnet: str) -> bool:
        return any(route.get("GatewayId") in self._attached for route in self._defaults(subnet))

    def _defaults(self, subnet: str) -> list[Properties]:
        """The subnet's routes to everywhere; there are no others but those of gateway endpoints."""
        return [
            route
            for _, route in of_type(self._found, "AWS::EC2::Route")
            if route["RouteTableId"] == self.tables.get(subnet)
            and route["DestinationCidrBlock"] == "0.0.0.0/0"
        ]
