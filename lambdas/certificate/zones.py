"""Checks beforehand in which hosted zone certbot would prove the control of the names.

certbot looks for the zone by itself, but the function may write into one zone only.
"""

from typing import TYPE_CHECKING

from certificate.errors import CertificateError
from certificate.request import CertificateRequest

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


def check(request: CertificateRequest, *, route53: "Route53Client") -> None:
    """Check that certbot takes the request's zone: the longest public one of a name, the first of equals.

    Raises:
        CertificateError: It takes another one, or there is none. The message names it and says what to do.
    """
    zones = {
        zone["Id"].rpartition("/")[2]: zone["Name"].rstrip(".")
        for page in route53.get_paginator("list_hosted_zones").paginate()
        for zone in page["HostedZones"]
        if not zone["Config"]["PrivateZone"]
    }
    for domain in request.domains:
        record = f"_acme-challenge.{domain.removeprefix('*.')}"
        above = {i: name for i, name in zones.items() if f".{record}".endswith(f".{name}")}
        if not above:
            raise CertificateError(
                f"There is no public hosted zone of {domain} in this account. Create the public hosted zone "
                "of the name, or correct site.hosted_zone_name and the names in [site]. A private zone does "
                "not work."
            )
        taken = max(above, key=lambda i: len(above[i]))
        if taken != request.hosted_zone_id:
            raise CertificateError(
                f"certbot would prove the control of {domain} in the public hosted zone {above[taken]} "
                f"({taken}), but site.hosted_zone_id is {request.hosted_zone_id}. If public DNS leads to "
                f"{taken}, set site.hosted_zone_id and site.hosted_zone_name to it; otherwise delete it. "
                "Then deploy again."
            )
