"""The section [site]."""

from collections.abc import Iterator
from typing import Annotated, Literal

from instandt_cdk.settings.section import DomainName, Section, Text


class SiteSettings(Section):
    """The site's domain names.

    `origin_certificate` can be changed at any time. If `operations.removal_policy` is "retain", a change to
    "acm" keeps the secret `instandt-letsencrypt-account-NAME`; delete it before you change back to "acme".
    """

    domain: DomainName
    """The domain that users type, for example "ndt.example.com". It must be in the hosted zone."""

    internal_name: DomainName
    """The load balancer's own name, for example "internal.ndt.example.com". The frontend's server side calls
    the backend by it. It must be in the hosted zone too, because the certificate authority checks it
    there."""

    hosted_zone_name: DomainName
    """The name of the public Route 53 hosted zone of both names, for example "example.com"."""

    hosted_zone_id: Annotated[
        str, Text(r"Z[A-Z0-9]+", "a hosted zone's id", "Z0123456789ABCDEFGHIJ", longest=32)
    ]
    """The id of that zone, for example "Z0123456789ABCDEFGHIJ"."""

    origin_certificate: Literal["acme", "acm"] = "acme"
    """Who issues the load balancer's certificate, which CloudFront and the frontend see. "acme": the
    authority in [acme], by default Let's Encrypt; a function gets and renews it with certbot. "acm": AWS
    Certificate Manager, which renews it without a function or an account; leave out [acme] then."""

    cookie_domain: DomainName | None = None
    """The domain of the login cookie. By default it is the site's domain; a parent domain shares the login
    with its other subdomains."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The names must be in the hosted zone and fit together."""
        for key, name in (("domain", self.domain), ("internal_name", self.internal_name)):
            if not _is_in(name, self.hosted_zone_name):
                yield (
                    key,
                    f'is not in the hosted zone "{self.hosted_zone_name}"; choose a name in the zone, or '
                    "set the zone that contains it",
                )
        if self.domain == self.internal_name:
            yield (
                "internal_name",
                "is the site's domain too, but the domain leads to CloudFront and this name to the load "
                f'balancer; choose another, such as "internal.{self.domain}"',
            )
        # RFC 6265, section 5.3, step 6: a browser ignores a cookie for any other domain.
        if self.cookie_domain and not _is_in(self.domain, self.cookie_domain):
            yield (
                "cookie_domain",
                f'is neither the site\'s domain "{self.domain}" nor a parent of it, so browsers would drop '
                "the login; leave it out, or set a parent domain",
            )


def _is_in(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")
