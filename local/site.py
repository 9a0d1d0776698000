"""The deployed site, seen by a client that trusts no authority but the ACME server's."""

import http.client
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from local.environment import ADDRESS, Environment

DEADLINE_SECONDS = 60
VERSIONS = re.compile(r'id="(\w+)-version">([^<]+)<')
MIGRATED_AT = re.compile(r'id="migrated-at"><time>([^<]+)<')


class SiteError(Exception):
    """The site does not show what was deployed; the message holds its last answer."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the site's page and certificate say."""

    versions: Mapping[str, str]
    """Of frontend, backend and schema."""
    migrated_at: str
    certificate: x509.Certificate

    @property
    def issuer(self) -> str:
        """The common name of the certificate's issuer."""
        names = self.certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value)

    @property
    def names(self) -> list[str]:
        """The names that the certificate is for."""
        extension = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return extension.value.get_values_for_type(x509.DNSName)


def wait_for(env: Environment, *, version: str) -> Site:
    """Wait until frontend, backend and schema all have a version.

    Raises:
        SiteError: They do not have it within a minute.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            site = visit(env)
            if set(site.versions.values()) == {version}:
                return site
            problem = f"{env.site_url} shows {dict(site.versions)}, not {version}"
        except SiteError as error:
            problem = str(error)
        if time.monotonic() > deadline:
            raise SiteError(f"{problem}. The logs are in {env.run_directory}.")
        time.sleep(0.5)


def visit(env: Environment) -> Site:
    """Get the page, for which the frontend asks the backend, and the certificate.

    Raises:
        SiteError: The site cannot be reached, is not trusted, or answers something else.
    """
    domain = env.settings.site.domain
    try:
        trust = ssl.create_default_context(cafile=env.root)
        connection = http.client.HTTPSConnection(domain, timeout=10)
        # Not every resolver knows that names below .localhost are this machine (RFC 6761, 6.3).
        raw = socket.create_connection((ADDRESS, env.ports.front_door), 10)
        with trust.wrap_socket(raw, server_hostname=domain) as channel:
            certificate = x509.load_der_x509_certificate(channel.getpeercert(True) or b"")
            connection.sock = channel
            connection.request("GET", "/")
            response = connection.getresponse()
            page = response.read().decode()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SiteError(f"{env.site_url} does not answer: {error}") from error
    migrated_at = MIGRATED_AT.search(page)
    if response.status != http.client.OK or not migrated_at:
        raise SiteError(f"{env.site_url} answers {response.status}: {page.strip()[:300]}")
    return Site(
        versions=dict(VERSIONS.findall(page)), migrated_at=migrated_at[1], certificate=certificate
    )
