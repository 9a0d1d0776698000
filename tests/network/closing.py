"""The same resources with one way closed: what the model must notice."""

from collections.abc import Iterator

from tests.network.resources import Resources, of_type

SINGLE = (
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
)
"""Types of which each resource is a way, or holds one open."""

PARTS = {
    "AWS::EC2::SecurityGroup": ("SecurityGroupIngress", "SecurityGroupEgress"),
    "AWS::EC2::VPCEndpoint": ("RouteTableIds", "SecurityGroupIds"),
}
"""Lists of which each item is a way."""

NOTHING = (
    {
        "CidrIp": "255.255.255.255/32",
        "Description": "Disallow all traffic",
        "FromPort": 252,
        "IpProtocol": "icmp",
        "ToPort": 86,
    },
)
"""The library's rule for letting nothing out."""


def each_way_closed(found: Resources) -> Iterator[tuple[str, Resources]]:
    """What is taken away, and what is left."""
    for key, (kind, properties) in found.items():
        if kind in SINGLE and not _leads_nowhere(key, found):
            yield key, {other: found[other] for other in found if other != key}
        for part in PARTS.get(kind, ()):
            for place, item in enumerate(properties.get(part, [])):
                if item in NOTHING:
                    continue
                left = [*properties[part][:place], *properties[part][place + 1 :]]
                closed = (kind, {**properties, part: left})
                yield f"{key} {part} {item}", {**found, key: closed}


def _leads_nowhere(key: str, found: Resources) -> bool:
    """Whether it is a public name, or ties a subnet to a table without routes, which opens nothing."""
    kind, properties = found[key]
    led = {route["RouteTableId"] for _, route in of_type(found, "AWS::EC2::Route")} | {
        table
        for _, endpoint in of_type(found, "AWS::EC2::VPCEndpoint")
        for table in endpoint.get("RouteTableIds", [])
    }
    return key.startswith("Edge.") or (
        kind == "AWS::EC2::SubnetRouteTableAssociation" and properties["RouteTableId"] not in led
    )
