"""Whether the world asks the hosted zone's own name servers.

Without that, neither a certificate authority nor a browser finds what is written into the zone, and a
certificate waits for hours.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.exception
import dns.resolver

from preflight.errors import PreflightError

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

PATIENCE_SECONDS = 150.0
"""How long a delegation that was just changed may take to be seen."""
PAUSE_SECONDS = 10.0
LOOKUP_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Zone:
    """The hosted zone of the settings."""

    identifier: str
    name: str


def check(
    zone: Zone, *, route53: "Route53Client", patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Check that the zone is what the settings say and that its parent delegates to it.

    Raises:
        PreflightError: It is not; the message says what the world sees and what it must see.
    """
    wanted = _name_servers(zone, route53=route53)
    deadline = time.monotonic() + patience_seconds
    own = _own_names(zone, route53=route53)
    while not (seen := _delegated_to(zone.name)) or not seen <= wanted | own:
        if time.monotonic() + PAUSE_SECONDS > deadline:
            raise PreflightError(
                f"The domain {zone.name} is not delegated to its hosted zone {zone.identifier}: public DNS "
                f"names {_listed(seen) or 'no name server'} for it. Enter {_listed(wanted)} as its name "
                "servers, at the registrar of the domain or as an NS record in the parent's zone, and deploy "
                "again when they are seen."
            )
        time.sleep(PAUSE_SECONDS)


def _name_servers(zone: Zone, *, route53: "Route53Client") -> set[str]:
    """Return the zone's delegation set."""
    remedy = "Correct site.hosted_zone_id and site.hosted_zone_name, and deploy again."
    try:
        found = route53.get_hosted_zone(Id=zone.identifier)
    except route53.exceptions.NoSuchHostedZone:
        raise PreflightError(
            f"There is no hosted zone {zone.identifier} in this account. {remedy}"
        ) from None
    name = found["HostedZone"]["Name"].rstrip(".")
    if name != zone.name:
        raise PreflightError(
            f'The hosted zone {zone.identifier} is that of "{name}", not of "{zone.name}". {remedy}'
        )
    if found["HostedZone"]["Config"]["PrivateZone"]:
        raise PreflightError(
            f"The hosted zone {zone.identifier} of {zone.name} is private, so that no certificate authority "
            f"and no browser can see it; name a public one. {remedy}"
        )
    return {_normalized(server) for server in found["DelegationSet"]["NameServers"]}


def _own_names(zone: Zone, *, route53: "Route53Client") -> set[str]:
    """Return the names that the zone itself gives its servers, which may be the operator's own.

    Source: "Configuring white-label name servers", Amazon Route 53 Developer Guide.
    """
    found = route53.list_resource_record_sets(
        HostedZoneId=zone.identifier,
        StartRecordName=zone.name,
        StartRecordType="NS",
        MaxItems="1",
    )
    return {
        _normalized(record["Value"])
        for record_set in found["ResourceRecordSets"]
        if record_set["Type"] == "NS" and _normalized(record_set["Name"]) == zone.name
        for record in record_set["ResourceRecords"]
    }


def _delegated_to(name: str) -> set[str]:
    """Return the name servers that public DNS knows for a name; none if it knows nothing of it."""
    try:
        answer = dns.resolver.resolve(f"{name}.", "NS", lifetime=LOOKUP_SECONDS)
    except dns.exception.DNSException as error:
        print(f"{name} NS: {error}")
        return set()
    return {_normalized(record.to_text()) for record in answer}


def _normalized(server: str) -> str:
    return server.rstrip(".").lower()


def _listed(servers: set[str]) -> str:
    return ", ".join(sorted(servers))
