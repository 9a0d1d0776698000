"""A zone that the world does not ask is named, with the servers that it must ask."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import dns.flags
import dns.message
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from local.dns import ADDRESS, DnsServer, Route53Resolver
from preflight import delegation, handler
from preflight.errors import PreflightError
from preflight.requests import ZoneDelegation
from tests.lambdas.servers import CloudFormationInbox

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

NAME = "example.test"
FOREIGN = {"ns1.parking.test", "ns2.parking.test"}


class World(Route53Resolver):
    """Public DNS: each question gets the next answer, and the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[set[str]] = [set()]

    def answer(self, question: bytes) -> bytes:
        query = dns.message.from_wire(question)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        servers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if servers:
            response.answer.append(
                dns.rrset.from_text_list(
                    query.question[0].name,
                    0,
                    dns.rdataclass.IN,
                    dns.rdatatype.NS,
                    [f"{server}." for server in servers],
                )
            )
        return response.to_wire()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World()
    with DnsServer(resolver=world) as server:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [ADDRESS], server.port
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        monkeypatch.setattr(delegation, "PAUSE_SECONDS", 0.05)
        yield world


@pytest.fixture
def route53(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> "Route53Client":
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    return boto3.client("route53")


@pytest.fixture
def zone(route53: "Route53Client") -> Iterator[ZoneDelegation]:
    made = route53.create_hosted_zone(Name=NAME, CallerReference="delegation")
    identifier = made["HostedZone"]["Id"].rpartition("/")[2]
    yield ZoneDelegation(hosted_zone_id=identifier, hosted_zone_name=NAME)
    route53.delete_hosted_zone(Id=identifier)


@pytest.fixture
def servers(route53: "Route53Client", zone: ZoneDelegation) -> set[str]:
    found = route53.get_hosted_zone(Id=zone.hosted_zone_id)["DelegationSet"]["NameServers"]
    return {server.rstrip(".") for server in found}


def refused(zone: ZoneDelegation, route53: "Route53Client") -> str:
    with pytest.raises(PreflightError) as caught:
        delegation.check(zone, route53=route53, patience_seconds=0)
    return str(caught.value)


def test_a_zone_that_the_world_asks_passes(
    zone: ZoneDelegation, servers: set[str], world: World, route53: "Route53Client"
) -> None:
    world.answers = [{server.upper() for server in servers}]
    delegation.check(zone, route53=route53, patience_seconds=0)


def test_a_zone_that_nobody_delegates_to_is_named(
    zone: ZoneDelegation, servers: set[str], world: World, route53: "Route53Client"
) -> None:
    message = refused(zone, route53)
    assert f"{NAME} is not delegated to its hosted zone {zone.hosted_zone_id}" in message
    assert "names no name server for it" in message
    assert all(server in message for server in servers)
    assert "at the registrar of the domain or as an NS record in the parent's zone" in message
    assert world.answers == [set()]


@pytest.mark.parametrize("mixed", [False, True], ids=["foreign", "partly foreign"])
def test_a_delegation_to_somebody_else_is_named(
    zone: ZoneDelegation, servers: set[str], world: World, route53: "Route53Client", *, mixed: bool
) -> None:
    world.answers = [FOREIGN | servers if mixed else FOREIGN]
    message = refused(zone, route53)
    assert all(server in message for server in FOREIGN | servers)


def test_name_servers_may_bear_the_operators_own_names(
    zone: ZoneDelegation, world: World, route53: "Route53Client"
) -> None:
    world.answers = [{"ns1.example.test"}]
    assert "ns1.example.test" in refused(zone, route53)
    records = {
        "Name": f"{NAME}.",
        "Type": "NS",
        "TTL": 60,
        "ResourceRecords": [{"Value": "ns1.example.test."}],
    }
    route53.change_resource_record_sets(
        HostedZoneId=zone.hosted_zone_id,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": records}]},  # type: ignore[typeddict-item]
    )
    delegation.check(zone, route53=route53, patience_seconds=0)


def test_a_delegation_that_was_just_changed_is_waited_for(
    zone: ZoneDelegation, servers: set[str], world: World, route53: "Route53Client"
) -> None:
    world.answers = [set(), FOREIGN, servers]
    delegation.check(zone, route53=route53, patience_seconds=10)
    assert world.answers == [servers]


@pytest.mark.usefixtures("world")
def test_a_zone_that_cannot_serve_is_refused_at_once(
    zone: ZoneDelegation, route53: "Route53Client"
) -> None:
    assert 'is for "example.test", not for "other.test"' in refused(
        replace(zone, hosted_zone_name="other.test"), route53
    )
    missing = refused(replace(zone, hosted_zone_id="Z0123456789"), route53)
    assert "There is no hosted zone Z0123456789 in this account" in missing
    assert "site.hosted_zone_id" in missing
    private = route53.create_hosted_zone(
        Name=NAME,
        CallerReference="private",
        VPC={"VPCId": "vpc-1", "VPCRegion": "eu-central-1"},
    )["HostedZone"]["Id"].rpartition("/")[2]
    assert "is private" in refused(replace(zone, hosted_zone_id=private), route53)
    route53.delete_hosted_zone(Id=private)


def test_cloudformation_gets_the_answer(
    zone: ZoneDelegation,
    servers: set[str],
    world: World,
    inbox: CloudFormationInbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delegation.check, "__kwdefaults__", {"patience_seconds": 0})
    event = {
        "RequestType": "Create",
        "ResourceType": "Custom::ZoneDelegation",
        "ResponseURL": inbox.url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "ZoneDelegation",
        "ResourceProperties": zone.to_properties(),
    }
    handler.handle(event, None)
    world.answers = [servers]
    handler.handle(event, None)
    world.answers = [FOREIGN]
    handler.handle({**event, "RequestType": "Delete"}, None)
    broken = {**event, "ResourceProperties": {}}
    with pytest.raises(TypeError):
        handler.handle(broken, None)
    answers = [(answer["Status"], answer["Reason"]) for answer in inbox.answers]
    assert [status for status, _ in answers] == ["FAILED", "SUCCESS", "SUCCESS", "FAILED"]
    assert "is not delegated" in answers[0][1]
    assert "TypeError; the log of the function" in answers[3][1]
    assert {answer["PhysicalResourceId"] for answer in inbox.answers} == {"ZoneDelegation"}
