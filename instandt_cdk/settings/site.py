"""The section [site]."""

from collections.abc import Iterator
from typing import Annotated, Literal

from instandt_cdk.settings.section import DomainName, Section, Text


class SiteSettings(Section):
    """The names under which the site is reached."""

    domain: DomainName
    """What users type, for example "images.example.com". Must lie in the hosted zone."""

    internal_name: DomainName
    """The load balancer's own name, for example "internal.images.example.com": the frontend's server side
    calls the backend by it. Must lie in the hosted zone too, since its certificate is proven there."""

    hosted_zone_name: DomainName
    """The public Route 53 hosted zone that holds both names, for example "example.com"."""

    hosted_zone_id: Annotated[
        str, Text(r"Z[A-Z0-9]+", "a hosted zone's id", "Z0123456789ABCDEFGHIJ", longest=32)
    ]
    """That zone's id, for example "Z0123456789ABCDEFGHIJ"."""

    origin_certificate: Literal["acme", "acm"] = "acme"
    """Whose certificate the load balancer shows to CloudFront and to the frontend. With "acme" a function
    gets it with certbot from the authority in [acme], by default Let's Encrypt, and renews it. With "acm"
    AWS Certificate Manager issues and renews it by itself, without function and account; leave [acme] out
    then. It can be changed at any time; where `operations.removal_policy` is "retain", delete the kept
    secret `instandt-letsencrypt-account-NAME` before you return to "acme"."""

    cookie_domain: DomainName | None = None
    """The domain of the login cookie; the site's domain when left out. A parent domain shares the login
    with its other subdomains."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Names must lie where they are proven and published."""
        for key, name in (("domain", self.domain), ("internal_name", self.internal_name)):
            if not _is_in(name, self.hosted_zone_name):
                yield (
                    key,
                    f'is not in the hosted zone "{self.hosted_zone_name}"; choose a name below the zone, or '
                    "name the zone that holds it",
                )
        if self.domain == self.internal_name:
            yield (
                "internal_name",
                "is the site's domain too, but the two lead to different places; "
                f'choose another, such as "internal.{self.domain}"',
            )
        # RFC 6265, section 5.3, step 6: a browser ignores a cookie for any other domain.
        if self.cookie_domain and not _is_in(self.domain, self.cookie_domain):
            yield (
                "cookie_domain",
                f'is neither the site\'s domain "{self.domain}" nor a parent of it, so that browsers would '
                "drop the login; leave it out, or name a parent",
            )


def _is_in(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")
