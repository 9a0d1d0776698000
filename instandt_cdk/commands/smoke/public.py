"""What everybody on the internet sees: names, TLS, certificate, firewall, page."""

import datetime as dt
import os
import ssl
from http import HTTPStatus
from urllib.parse import quote

import dns.exception
import dns.resolver

from instandt_cdk.commands.smoke.site import Site
from instandt_cdk.commands.smoke.verdict import Broken
from instandt_cdk.settings import Settings

NAME_SERVER = "SMOKE_NAME_SERVER"
"""The environment variable with ADDRESS:PORT of a DNS server to ask instead of this machine's."""

DNS_SECONDS = 8
ATTACK = f"/?smoke={quote('<script>alert(document.cookie)</script>', safe='')}"
"""A request that the rule CrossSiteScripting_QUERYARGUMENTS blocks ("Core rule set (CRS) managed rule group",
AWS WAF Developer Guide)."""
LEAST_SHARE = 6
"""A certificate must have a sixth of its lifetime left. Let's Encrypt's are renewed when a third is left,
Amazon's 60 days before their end: with less than a sixth, renewals have been failing."""


def names(site: Site, settings: Settings) -> str:
    """The site's name must have an address of each kind that the site serves."""
    resolver = dns.resolver.get_default_resolver()
    if server := os.environ.get(NAME_SERVER):
        host, _, port = server.rpartition(":")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [host], int(port)
    found: list[str] = []
    for kind in [
        kind for version, kind in ((4, "A"), (6, "AAAA")) if settings.edge.serves(version)
    ]:
        try:
            answer = resolver.resolve(f"{site.domain}.", kind, lifetime=DNS_SECONDS)
        except dns.exception.DNSException as error:
            raise Broken(
                f"{site.domain} has no {kind} record that can be seen: {error}; `make doctor` looks at the "
                "delegation"
            ) from None
        found += [f"{record}" for record in answer]
    return f"{site.domain} has {', '.join(sorted(found))}"


def tls(site: Site) -> str:
    """A connection must be trusted, for the site's name."""
    version, certificate = site.handshake()
    issuer = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    name = issuer.get("organizationName") or issuer.get("commonName", "an unnamed authority")
    return f"{version}, certificate of {name}"


def expiry(site: Site) -> str:
    """The certificate that the site presents must not be near its end."""
    _, certificate = site.handshake()
    begin, end = (
        dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate[key]), dt.UTC)
        for key in ("notBefore", "notAfter")
    )
    return remaining(begin, end)


def remaining(begin: dt.datetime, end: dt.datetime) -> str:
    """Return how long a certificate is valid.

    Raises:
        Broken: It has less than a sixth of its lifetime left.
    """
    left = end - dt.datetime.now(dt.UTC)
    text = f"valid until {end:%Y-%m-%d}, {left.days} days"
    if left < (end - begin) / LEAST_SHARE:
        raise Broken(f"{text}: it has not been renewed; `make doctor` looks for the reason")
    return text


def firewall(site: Site) -> str:
    """An attack must be answered by the firewall, an ordinary request must not."""
    ordinary = site.ask("GET", "/?smoke=1")
    if ordinary.status == HTTPStatus.FORBIDDEN:
        raise Broken(
            "an ordinary request is refused with 403, too: look in the firewall's log, and at "
            "edge.allowed_addresses, edge.countries and edge.requests_per_five_minutes"
        )
    attack = site.ask("GET", ATTACK)
    if attack.status != HTTPStatus.FORBIDDEN:
        raise Broken(
            f"a script in the query is answered with {attack.status} instead of 403: the web ACL does not "
            "guard the site"
        )
    return f"a script in the query gets 403, an ordinary request {ordinary.status}"


def page(site: Site) -> str:
    """The site's first page must be there, and be HTML."""
    answer = site.page()
    kind = answer.headers.get("Content-Type", "nothing")
    if answer.status != HTTPStatus.OK or "html" not in kind:
        raise Broken(f"the page is {answer}, of the type {kind}")
    return f"{answer.status}, {len(answer.body)} bytes of HTML"
