"""The model: which connections the templates make possible."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from instandt_cdk.settings import Settings
from tests.network.parties import INTERNET, Party, cloudfront, inside, stranger
from tests.network.resources import Resources, of_type
from tests.network.routes import Routes
from tests.network.security_groups import SecurityGroups

HTTPS = 443
USUAL_PORTS = {22, 80, HTTPS, 2049, 3389, 5432, 65535}
SERVICES = (
    "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "email", "logs", "rds", "s3",
    "secretsmanager", "ssm", "ssmmessages",
)  # fmt: skip
"""The services of AWS that anything in the VPC calls, as the endpoints' names have them."""


@dataclass(frozen=True)
class Way:
    """A TCP connection that is possible, or has to be."""

    source: str
    target: str
    """A party, a service of AWS, or the internet."""
    port: int
    through: str = "VPC"
    """"VPC", "endpoint" or "internet": what the packets pass."""


class Network:
    """What the templates of an environment let through."""

    def __init__(self, found: Resources, settings: Settings) -> None:
        self._found = found
        self._settings = settings
        existing = settings.network.existing_vpc
        led_out = (
            zip_longest(existing.application_subnet_ids, existing.application_route_table_ids)
            if existing
            else ()
        )
        self.groups = SecurityGroups(found)
        self.routes = Routes(found, self.groups, led_out_elsewhere=dict(led_out))
        self.parties = inside(found, settings)
        self.stranger = stranger(settings, self.parties["balancer"].subnets)
        self._endpoints = dict(_endpoints(found))

    def ways(self) -> Iterator[Way]:
        """All connections that are possible."""
        ports = self.groups.ports | USUAL_PORTS | {self._settings.registry.port}
        outside = (cloudfront(self._settings), INTERNET, self.stranger)
        for source in (*self.parties.values(), *outside):
            for port in sorted(ports):
                for target in self.parties.values():
                    if self._reaches(source, target, port):
                        yield Way(source.name, target.name, port)
                # Where strangers go is up to them.
                if source.is_guarded and self._gets_out(source, port):
                    yield Way(source.name, "internet", port, "internet")
            if source.subnets:
                yield from self._calls(source)

    def _reaches(self, source: Party, target: Party, port: int) -> bool:
        if target.name == "nat":
            # It answers nobody itself; what it forwards is a way to the internet.
            return False
        if target.name == "balancer" and source.name == "cloudfront":
            found = self._is_vpc_origin()
        elif target.name == "balancer":
            found = self._knows_the_internal_name()
        else:
            found = True
        return found and self.groups.let(source, target, port)

    def _gets_out(self, source: Party, port: int) -> bool:
        return self.groups.let(source, INTERNET, port) and self.routes.lead_out(source, port)

    def _calls(self, source: Party) -> Iterator[Way]:
        """The ways to services of AWS in the environment's region."""
        for service in SERVICES:
            endpoint = self._endpoints.get(service)
            if endpoint and endpoint["VpcEndpointType"] == "Interface":
                # Its private name holds for everybody in the VPC, whether the endpoint lets them in or not.
                target = Party(
                    name=service,
                    groups=frozenset(endpoint["SecurityGroupIds"]),
                    addresses=self.parties["balancer"].addresses,
                )
                if self.groups.let(source, target, HTTPS):
                    yield Way(source.name, service, HTTPS, "endpoint")
            elif endpoint and {self.routes.tables.get(s) for s in source.subnets} <= set(
                endpoint["RouteTableIds"]
            ):
                if self.groups.let(source, INTERNET, HTTPS):
                    yield Way(source.name, service, HTTPS, "endpoint")
            elif self._gets_out(source, HTTPS):
                yield Way(source.name, service, HTTPS, "internet")

    def _is_vpc_origin(self) -> bool:
        """Whether the load balancer is CloudFront's origin, in a VPC with an internet gateway."""
        origins = [
            origin["VpcOriginEndpointConfig"]["Arn"]
            for _, origin in of_type(self._found, "AWS::CloudFront::VpcOrigin")
        ]
        return self.routes.has_internet_gateway and origins == [self._balancer]

    def _knows_the_internal_name(self) -> bool:
        """Whether the name leads to the load balancer: in the public zone, or in one of this VPC."""
        zones = {self._settings.site.hosted_zone_id} | {
            key
            for key, zone in of_type(self._found, "AWS::Route53::HostedZone")
            if self._vpc in {vpc["VPCId"] for vpc in zone.get("VPCs", [])}
        }
        return any(
            record["Name"].rstrip(".") == self._settings.site.internal_name
            and record["HostedZoneId"] in zones
            and record["AliasTarget"]["DNSName"].removeprefix("dualstack.") == self._balancer
            for _, record in of_type(self._found, "AWS::Route53::RecordSet")
            if record["Type"] == "A"
        )

    @property
    def _balancer(self) -> str:
        ((key, _),) = of_type(self._found, "AWS::ElasticLoadBalancingV2::LoadBalancer")
        return key

    @property
    def _vpc(self) -> str:
        existing = self._settings.network.existing_vpc
        return existing.id if existing else next(of_type(self._found, "AWS::EC2::VPC"))[0]


def _endpoints(found: Resources) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The endpoints whose service's usual name leads to them, by service.

    Raises:
        NotImplementedError: One has a policy, which the model does not read.
    """
    names_work = all(
        vpc["EnableDnsSupport"] and vpc["EnableDnsHostnames"]
        for _, vpc in of_type(found, "AWS::EC2::VPC")
    )
    for key, endpoint in of_type(found, "AWS::EC2::VPCEndpoint"):
        if "PolicyDocument" in endpoint:
            raise NotImplementedError(f"{key}: teach the model endpoint policies")
        service = re.fullmatch(r"com\.amazonaws\.[^.]+\.(.+)", endpoint["ServiceName"])
        assert service, endpoint["ServiceName"]
        if endpoint["VpcEndpointType"] == "Gateway" or (
            endpoint.get("PrivateDnsEnabled") and endpoint["SubnetIds"] and names_work
        ):
            yield service[1], endpoint
