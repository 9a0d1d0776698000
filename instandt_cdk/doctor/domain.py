"""The hosted zone, as Route 53 has it and as the world sees it."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import dns.name
import dns.rdatatype
from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers, Resolver

from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.settings import SiteSettings

if TYPE_CHECKING:
    from dns.rdtypes.ANY.CAA import CAA
    from mypy_boto3_route53 import Route53Client

AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""Whom a CAA record has to name for a certificate of ACM's ("(Optional) Configure a CAA record", AWS
Certificate Manager User Guide)."""


def has_zone(route53: "Route53Client", site: SiteSettings) -> Iterator[Finding]:
    """The zone is there, it is public, and it is the one of the name."""
    try:
        zone = route53.get_hosted_zone(Id=site.hosted_zone_id)["HostedZone"]
    except (route53.exceptions.NoSuchHostedZone, route53.exceptions.InvalidInput):
        yield failed(
            f'the account has no hosted zone site.hosted_zone_id = "{site.hosted_zone_id}"',
            "correct it to what `aws route53 list-hosted-zones` shows, or create the zone",
        )
        return
    name = zone["Name"].rstrip(".")
    if name != site.hosted_zone_name:
        yield failed(
            f"{site.hosted_zone_id} is the zone of {name}, not of site.hosted_zone_name = "
            f'"{site.hosted_zone_name}"',
            "correct the one or the other",
        )
    elif zone["Config"]["PrivateZone"]:
        yield failed(
            f"{site.hosted_zone_id} is private, so that no certificate can be proven in it",
            "name the id of the public zone",
        )
    else:
        yield good(f"{name} is {site.hosted_zone_id}, a public zone")


def is_delegated(
    route53: "Route53Client", resolver: Resolver, site: SiteSettings
) -> Iterator[Finding]:
    """The DNS sends everybody who asks for the zone's names to the zone's own servers."""
    try:
        zone = route53.get_hosted_zone(Id=site.hosted_zone_id)
    except (route53.exceptions.NoSuchHostedZone, route53.exceptions.InvalidInput):
        return  # said already
    # A private zone has no servers of its own.
    own = {
        name.rstrip(".").lower() for name in zone.get("DelegationSet", {}).get("NameServers", [])
    }
    if not own:
        return
    remedy = (
        f"where {site.hosted_zone_name} is registered, or in its parent zone, set its NS records to "
        f"{', '.join(sorted(own))}"
    )
    try:
        answer = resolver.resolve(f"{site.hosted_zone_name}.", "NS")
        seen = {record.target.to_text(omit_final_dot=True).lower() for record in answer}
    except (NXDOMAIN, NoAnswer, NoNameservers):
        yield failed(f"the DNS knows no name servers of {site.hosted_zone_name}", remedy)
        return
    if seen != own:
        yield failed(
            f"the DNS sends {site.hosted_zone_name} to {', '.join(sorted(seen))}, which are not those of "
            f"{site.hosted_zone_id}",
            remedy,
        )
    else:
        yield good(f"the DNS leads to {site.hosted_zone_id}")


def allows(
    resolver: Resolver, *, names: Collection[str], authority: str, identities: Collection[str]
) -> Iterator[Finding]:
    """CAA records let the authority issue for each of the names (RFC 8659).

    Args:
        resolver: Asks the DNS.
        names: What goes into the certificate.
        authority: For people.
        identities: What a record may call the authority.
    """
    forbidden = False
    for name in names:
        holder, issuers = _issuers(resolver, dns.name.from_text(name))
        if issuers is not None and not issuers & set(identities):
            forbidden = True
            yield failed(
                f"the CAA records of {holder} forbid {authority} to issue for {name}",
                f'add the record {holder} CAA 0 issue "{next(iter(identities))}"',
            )
    if not forbidden:
        yield good(f"{authority} may issue for {' and '.join(names)}")


def _issuers(resolver: Resolver, name: dns.name.Name) -> tuple[str, set[str] | None]:
    """Who may issue, by the records that are nearest above; None is everybody (RFC 8659, 3 and 4.2)."""
    while name != dns.name.root:
        try:
            records: list[CAA] = list(resolver.resolve(name, dns.rdatatype.CAA))
        except (NXDOMAIN, NoAnswer):
            name = name.parent()
            continue
        values = [record.value.decode() for record in records if record.tag.lower() == b"issue"]
        issuers = {value.partition(";")[0].strip().lower() for value in values}
        return name.to_text(omit_final_dot=True), issuers if values else None
    return "", None
