"""Checks beforehand in which hosted zone certbot would prove the control of the names.

certbot looks for the zone by itself, but the function may write into one zone only.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from certificate.errors import CertificateError

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


class ZoneError(CertificateError):
    """certbot takes another zone, or finds none.

    Args:
        problem: What is wrong.
        remedy: What to do.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{_sentence(problem)} {_sentence(remedy)} Then deploy again.")
        self.problem = problem
        self.remedy = remedy


def check(domains: Iterable[str], *, hosted_zone_id: str, route53: "Route53Client") -> None:
    """Check that certbot takes the zone: the longest public one of a name, the first of equals.

    Args:
        domains: The names in the certificate.
        hosted_zone_id: The zone in the settings.
        route53: Client for Route 53.

    Raises:
        ZoneError: It takes another one, or there is none.
    """
    zones = {
        zone["Id"].rpartition("/")[2]: zone["Name"].rstrip(".")
        for page in route53.get_paginator("list_hosted_zones").paginate()
        for zone in page["HostedZones"]
        if not zone["Config"]["PrivateZone"]
    }
    for domain in domains:
        record = f"_acme-challenge.{domain.removeprefix('*.')}"
        above = {i: name for i, name in zones.items() if f".{record}".endswith(f".{name}")}
        if not above:
            raise ZoneError(
                f"there is no public hosted zone of {domain} in this account",
                "create the public hosted zone of the name, or correct site.hosted_zone_name and the names "
                "in [site]; a private zone does not work",
            )
        taken = max(above, key=lambda i: len(above[i]))
        if taken != hosted_zone_id:
            raise ZoneError(
                f"certbot would prove the control of {domain} in the public hosted zone {above[taken]} "
                f"({taken}), but site.hosted_zone_id is {hosted_zone_id}",
                f"if public DNS leads to {taken}, set site.hosted_zone_id and site.hosted_zone_name to it; "
                "otherwise delete it",
            )


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."
