"""Each choice of the network gives the ways out that it says, and nothing else changes."""

import json
import re
from functools import reduce
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest

from tests.network.resources import of_type, resources
from tests.support.choices import EXISTING, NETWORKS, ROUTE_TABLES, synthesized
from tests.support.synthesis import Synthesis, synthesize

OWN = ("instances", "closed", "without endpoints")
EXTERNAL = ("existing", "existing without endpoints")
ANY = "0.0.0.0/0"


def _network(synthesis: Synthesis) -> dict[str, Any]:
    """The resources of Network."""
    return dict(synthesis.templates["Network"]["Resources"])


def _subnet(key: str) -> str:
    """A subnet's name: what it is for, and its number."""
    name = re.search(r"(Public|Application|Data)(?:Subnet)?(\d)", key)
    assert name, key
    return "".join(name.groups())


def _subnets(synthesis: Synthesis) -> dict[str, IPv4Network]:
    return {
        _subnet(logical_id): IPv4Network(resource["Properties"]["CidrBlock"])
        for _, logical_id, resource in synthesis.resources("AWS::EC2::Subnet")
    }


def _ways_out(synthesis: Synthesis) -> dict[str, str]:
    """Where each subnet's default route leads: to the internet, or to a NAT and its subnet."""
    found = resources(synthesis.templates)

    def leads_to(route: dict[str, Any]) -> str:
        (target,) = [route[key] for key in route if key.endswith("Id") and key != "RouteTableId"]
        kind, properties = found[target]
        where = properties.get("SubnetId")
        return f"{kind.rpartition('::')[2]}{f' in {_subnet(where)}' if where else ''}"

    tables = {
        association["RouteTableId"]: _subnet(association["SubnetId"])
        for _, association in of_type(found, "AWS::EC2::SubnetRouteTableAssociation")
    }
    assert sorted(tables.values()) == sorted(_subnets(synthesis))
    routes = [route for _, route in of_type(found, "AWS::EC2::Route")]
    assert {route["DestinationCidrBlock"] for route in routes} <= {ANY}
    return {tables[route["RouteTableId"]]: leads_to(route) for route in routes}


def _endpoints(synthesis: Synthesis, kind: str) -> dict[str, dict[str, Any]]:
    """The endpoints of a kind, by the service's name."""
    return {
        re.split(r"com\.amazonaws\.|eu-central-1\.", _text(endpoint["ServiceName"]))[-1]: endpoint
        for _, _, resource in synthesis.resources("AWS::EC2::VPCEndpoint")
        for endpoint in [resource["Properties"]]
        if endpoint["VpcEndpointType"] == kind
    }


def _text(value: Any) -> str:  # noqa: ANN401 - a string or an intrinsic function
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else "" for part in value["Fn::Join"][1]).lstrip(
        "."
    )


def test_a_gateway_per_zone_survives_the_loss_of_a_zone(prod: Synthesis) -> None:
    assert _ways_out(prod) == {
        "Public1": "InternetGateway",
        "Public2": "InternetGateway",
        "Public3": "InternetGateway",
        "Application1": "NatGateway in Public1",
        "Application2": "NatGateway in Public2",
        "Application3": "NatGateway in Public3",
    }


def test_a_single_gateway_serves_all_zones() -> None:
    assert _ways_out(synthesize("dev")) == {
        "Public1": "InternetGateway",
        "Application1": "NatGateway in Public1",
        "Application2": "NatGateway in Public1",
    }


def test_an_instance_per_zone_serves_its_zone() -> None:
    assert _ways_out(synthesized("instances")) == {
        "Public1": "InternetGateway",
        "Public2": "InternetGateway",
        "Application1": "Instance in Public1",
        "Application2": "Instance in Public2",
    }


def test_a_closed_network_has_no_route_to_the_internet() -> None:
    closed = synthesized("closed")
    assert _ways_out(closed) == {}
    assert not list(closed.resources("AWS::EC2::Route", "AWS::EC2::NatGateway", "AWS::EC2::EIP"))
    assert {name[:-1] for name in _subnets(closed)} == {"Application", "Data"}


def test_a_closed_network_keeps_the_gateway_that_cloudfront_asks_for() -> None:
    resources = _network(synthesized("closed"))
    (attachment,) = [
        r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::VPCGatewayAttachment"
    ]
    gateway = resources[attachment["InternetGatewayId"]["Ref"]]
    assert gateway["Type"] == "AWS::EC2::InternetGateway"
    assert resources[attachment["VpcId"]["Ref"]]["Type"] == "AWS::EC2::VPC"


def test_the_way_out_can_be_changed_without_moving_a_subnet() -> None:
    gateway, closed = (_network(synthesized(choice)) for choice in ("without endpoints", "closed"))
    assert gateway == closed


@pytest.mark.parametrize("choice", OWN)
def test_subnets_are_large_enough_and_do_not_overlap(choice: str) -> None:
    synthesis = synthesized(choice)
    ((_, _, vpc),) = synthesis.resources("AWS::EC2::VPC")
    subnets = _subnets(synthesis)
    assert all(s.subnet_of(IPv4Network(vpc["Properties"]["CidrBlock"])) for s in subnets.values())
    assert not [pair for pair in combinations(subnets.values(), 2) if pair[0].overlaps(pair[1])]
    assert {name[:-1] for name, s in subnets.items() if s.prefixlen > 28} == set()
    assert all(s.prefixlen <= 24 for name, s in subnets.items() if name.startswith("Application"))


def test_endpoints_are_there_unless_they_are_switched_off(prod: Synthesis) -> None:
    served = set(_endpoints(prod, "Interface"))
    assert {"ecr.api", "ecr.dkr", "ecs-agent", "logs", "secretsmanager", "ssmmessages"} <= served
    for choice in NETWORKS:
        expected = (
            set()
            if choice.endswith("without endpoints")
            else served | {"email", "rds"}
            if choice == "closed"
            else served
        )
        assert set(_endpoints(synthesized(choice), "Interface")) == expected, choice


def test_every_way_out_has_s3_beside_it(prod: Synthesis) -> None:
    for synthesis in (prod, *map(synthesized, OWN)):
        (endpoint,) = _endpoints(synthesis, "Gateway").values()
        tables = {_subnet(table["Ref"]) for table in endpoint["RouteTableIds"]}
        assert {name for name in _subnets(synthesis) if name.startswith("Application")} <= tables
    (existing,) = _endpoints(synthesized("existing"), "Gateway").values()
    assert existing["RouteTableIds"] == ROUTE_TABLES
    assert not _endpoints(synthesized("existing without endpoints"), "Gateway")


@pytest.mark.parametrize("choice", EXTERNAL)
def test_nothing_of_a_vpc_is_made_where_one_exists(choice: str) -> None:
    templates = synthesized(choice).templates
    assert ("Egress" in templates) == (choice == "existing")
    ways_out = templates.get("Egress", {"Resources": {}})["Resources"].values()
    assert {r["Type"] for r in ways_out} <= {"AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"}
    made = {r["Type"] for r in _network(synthesized(choice)).values()}
    assert made <= {
        "AWS::KMS::Key",
        "AWS::EC2::VPCEndpoint",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SNS::Subscription",
    }


@pytest.mark.parametrize("choice", EXTERNAL)
def test_everything_is_placed_in_the_existing_vpc(choice: str) -> None:
    synthesis = synthesized(choice)
    application, data = EXISTING["application_subnet_ids"], EXISTING["data_subnet_ids"]
    places = {
        "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Subnets", application),
        "AWS::AutoScaling::AutoScalingGroup": ("VPCZoneIdentifier", application),
        "AWS::ECS::Service": ("NetworkConfiguration.AwsvpcConfiguration.Subnets", application),
        "AWS::RDS::DBSubnetGroup": ("SubnetIds", data),
    }
    for kind, (key, expected) in places.items():
        resources = list(synthesis.resources(kind))
        assert resources, kind
        for _, logical_id, resource in resources:
            found = reduce(lambda table, part: table[part], key.split("."), resource["Properties"])
            assert found == expected, logical_id
    for endpoint in _endpoints(synthesis, "Interface").values():
        assert endpoint["SubnetIds"] == application
    text = json.dumps(synthesis.templates)
    assert set(re.findall(r"subnet-\w+", text)) == {*application, *data}
    assert set(re.findall(r'"(?:VpcId|VPCId)": "([^"]+)"', text)) == {EXISTING["id"]}
    assert '"VpcId": {' not in text


def test_a_migration_runs_in_the_application_subnets() -> None:
    (definition,) = [
        json.dumps(machine)
        for _, logical_id, machine in synthesized("existing").resources(
            "AWS::StepFunctions::StateMachine"
        )
        if logical_id.startswith("Migration")
    ]
    for subnet in EXISTING["application_subnet_ids"]:
        assert subnet in definition


def test_only_nat_has_public_addresses(prod: Synthesis) -> None:
    for synthesis in (prod, *map(synthesized, NETWORKS)):
        found = resources(synthesis.templates)
        gateways = {
            gateway["AllocationId"] for _, gateway in of_type(found, "AWS::EC2::NatGateway")
        }
        for key, address in of_type(found, "AWS::EC2::EIP"):
            assert key in gateways or found[address["InstanceId"]][1]["SourceDestCheck"] is False
        assert '"AssociatePublicIpAddress": true' not in json.dumps(synthesis.templates)
