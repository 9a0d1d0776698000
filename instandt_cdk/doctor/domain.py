"""The hosted zone in Route 53 and in public DNS, and the CAA records of the site's names."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import dns.name
import dns.rdatatype
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from certificate import zones
from certificate.zones import ZoneError
from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.settings import SiteSettings
from preflight import delegation
from preflight.delegation import DelegationError
from preflight.requests import ZoneDelegation

if TYPE_CHECKING:
    from dns.rdtypes.ANY.CAA import CAA
    from mypy_boto3_route53 import Route53Client

AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""A CAA record must name one of these for ACM to issue a certificate ("(Optional) Configure a CAA record",
AWS Certificate Manager User Guide)."""


def has_zone(route53: "Route53Client", site: SiteSettings) -> Iterator[Finding]:
    """The zone exists, is public, and has the name in the settings."""
    try:
        zone = delegation.look_up(_zone(site), route53=route53)
    except DelegationError as error:
        yield failed(error.problem, error.remedy)
    else:
        yield good(f"{zone.name} is {zone.identifier}, a public zone")


def certbot_takes_it(route53: "Route53Client", site: SiteSettings) -> Iterator[Finding]:
    """In this zone, and in no other, certbot proves the control of the certificate's names."""
    try:
        delegation.look_up(_zone(site), route53=route53)
    except DelegationError:
        return  # has_zone reports this
    names = (site.internal_name, site.domain)
    try:
        zones.check(names, hosted_zone_id=site.hosted_zone_id, route53=route53)
    except ZoneError as error:
        yield failed(error.problem, error.remedy)
    else:
        yield good(f"certbot takes it for {' and '.join(names)}")


def is_delegated(
    route53: "Route53Client", resolver: Resolver, site: SiteSettings
) -> Iterator[Finding]:
    """Public DNS delegates the domain to the zone's own name servers."""
    try:
        zone = delegation.look_up(_zone(site), route53=route53)
    except DelegationError:
        return  # has_zone reports this
    try:
        zone.check(delegation.name_servers(resolver, zone.name))
    except DelegationError as error:
        yield failed(error.problem, error.remedy)
    else:
        yield good(f"public DNS delegates to {zone.identifier}")


def _zone(site: SiteSettings) -> ZoneDelegation:
    return ZoneDelegation(
        hosted_zone_id=site.hosted_zone_id, hosted_zone_name=site.hosted_zone_name
    )


def caa_allows(
    resolver: Resolver, *, names: Collection[str], authority: str, identities: Collection[str]
) -> Iterator[Finding]:
    """CAA records let the authority issue certificates for the names (RFC 8659).

    Args:
        resolver: Looks up the records.
        names: The domain names in the certificate.
        authority: The authority's name in the findings.
        identities: The authority's names in CAA records.
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
    """Return the name whose records count, the nearest above, and who may issue (RFC 8659, 3 and 4.2).

    None instead of issuers means that everybody may issue.
    """
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
