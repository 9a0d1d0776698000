"""Checks that public DNS delegates the domain to the hosted zone's name servers.

Otherwise neither certificate authorities nor browsers find the zone's records, and issuing a certificate
waits for hours. The function waits a while for a delegation that was just changed; the doctor checks only
once.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.exception
import dns.resolver

from preflight.errors import PreflightError
from preflight.requests import ZoneDelegation

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

PATIENCE_SECONDS = 150.0
"""How long to wait for a delegation that was just changed."""
PAUSE_SECONDS = 10.0
LOOKUP_SECONDS = 10.0

_CORRECT_THE_ZONE = "correct site.hosted_zone_id and site.hosted_zone_name"


class DelegationError(Exception):
    """The zone cannot be used.

    Args:
        problem: What is wrong.
        remedy: What to do.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True)
class HostedZone:
    """A public hosted zone in Route 53."""

    identifier: str
    name: str
    servers: frozenset[str]
    """The name servers that Route 53 assigned to the zone, its delegation set."""
    own_names: frozenset[str]
    """The name servers in the zone's own NS record. These may be white-label names ("Configuring white-label
    name servers", Amazon Route 53 Developer Guide)."""

    def check(self, seen: frozenset[str]) -> None:
        """Check the name servers that public DNS has for the zone.

        Args:
            seen: Those name servers.

        Raises:
            DelegationError: There are none, or one of them is not the zone's.
        """
        if not seen or not seen <= self.servers | self.own_names:
            raise DelegationError(
                f"the domain {self.name} is not delegated to its hosted zone {self.identifier}: public DNS "
                f"names {_listed(seen) or 'no name server'} for it",
                f"enter {_listed(self.servers)} as its name servers, at the registrar of the domain or as an "
                "NS record in the parent's zone",
            )


def check(
    zone: ZoneDelegation, *, route53: "Route53Client", patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Check that the zone matches the settings and that its parent delegates to it.

    Args:
        zone: The zone in the settings.
        route53: Client for Route 53.
        patience_seconds: How long to wait for the delegation.

    Raises:
        PreflightError: It does not. The message says what public DNS has and what it must have.
    """
    deadline = time.monotonic() + patience_seconds
    try:
        found = look_up(zone, route53=route53)
        while True:
            seen = _delegated_to(zone.hosted_zone_name)
            try:
                found.check(seen)
            except DelegationError:
                if time.monotonic() + PAUSE_SECONDS > deadline:
                    raise
            else:
                return
            time.sleep(PAUSE_SECONDS)
    except DelegationError as error:
        raise PreflightError(
            f"{_sentence(error.problem)} {_sentence(error.remedy)} Then deploy again."
        ) from None


def look_up(zone: ZoneDelegation, *, route53: "Route53Client") -> HostedZone:
    """Find the zone in Route 53.

    Raises:
        DelegationError: The zone does not exist, is for another domain, or is private.
    """
    identifier, name = zone.hosted_zone_id, zone.hosted_zone_name
    try:
        found = route53.get_hosted_zone(Id=identifier)
    except (route53.exceptions.NoSuchHostedZone, route53.exceptions.InvalidInput):
        raise DelegationError(
            f"there is no hosted zone {identifier} in this account",
            f"{_CORRECT_THE_ZONE} to what `aws route53 list-hosted-zones` shows, or create the zone",
        ) from None
    actual = _normalized(found["HostedZone"]["Name"])
    if actual != name:
        raise DelegationError(
            f'the hosted zone {identifier} is for "{actual}", not for "{name}"',
            _CORRECT_THE_ZONE,
        )
    if found["HostedZone"]["Config"]["PrivateZone"]:
        raise DelegationError(
            f"the hosted zone {identifier} of {name} is private, so no certificate authority and no "
            "browser can see it",
            "set site.hosted_zone_id to the public zone",
        )
    return HostedZone(
        identifier=identifier,
        name=name,
        servers=frozenset(map(_normalized, found["DelegationSet"]["NameServers"])),
        own_names=_own_names(zone, route53=route53),
    )


def name_servers(
    resolver: dns.resolver.Resolver, name: str, *, lifetime_seconds: float | None = None
) -> frozenset[str]:
    """Return the name servers that a resolver finds for a name; an empty set if there are none.

    Raises:
        dns.exception.DNSException: The resolver got no answer.
    """
    try:
        answer = resolver.resolve(f"{name}.", "NS", lifetime=lifetime_seconds)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.NoNameservers):
        return frozenset()
    return frozenset(_normalized(record.to_text()) for record in answer)


def _own_names(zone: ZoneDelegation, *, route53: "Route53Client") -> frozenset[str]:
    found = route53.list_resource_record_sets(
        HostedZoneId=zone.hosted_zone_id,
        StartRecordName=zone.hosted_zone_name,
        StartRecordType="NS",
        MaxItems="1",
    )
    return frozenset(
        _normalized(record["Value"])
        for record_set in found["ResourceRecordSets"]
        if record_set["Type"] == "NS" and _normalized(record_set["Name"]) == zone.hosted_zone_name
        for record in record_set["ResourceRecords"]
    )


def _delegated_to(name: str) -> frozenset[str]:
    try:
        return name_servers(
            dns.resolver.get_default_resolver(), name, lifetime_seconds=LOOKUP_SECONDS
        )
    except dns.exception.DNSException as error:
        print(f"{name} NS: {error}")
        return frozenset()


def _normalized(server: str) -> str:
    return server.rstrip(".").lower()


def _listed(servers: frozenset[str]) -> str:
    return ", ".join(sorted(servers))


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."
