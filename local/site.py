"""The deployed site, seen by a client that trusts no authority but the ACME server's."""

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from cryptography import x509
from cryptography.x509.oid import NameOID

from local.environment import ADDRESS, FRONT_DOOR_PORT, Environment

DEADLINE_SECONDS = 60
PAGE_VERSIONS = re.compile(r'id="(\w+)-version">([^<]+)<')


class SiteError(Exception):
    """The site does not show what was deployed; the message holds its last answer."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the site's page, API and certificate say."""

    address: str
    versions: Mapping[str, str]
    """Of frontend, backend and schema, as the page shows them."""
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


def address(env: Environment) -> str:
    """Return the site's address for a browser on this machine."""
    return f"https://{env.settings.site.domain}:{FRONT_DOOR_PORT}/"


def wait_for(env: Environment, *, version: str) -> Site:
    """Wait until frontend, backend and schema all have a version.

    Raises:
        SiteError: They do not have it within a minute.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            site = visit(env)
            problem = f"the page shows {site.versions}, not {version}"
            if set(site.versions.values()) == {version}:
                return site
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = str(error)
        if time.monotonic() > deadline:
            raise SiteError(f"{address(env)} is not as deployed: {problem}")
        time.sleep(0.5)


def visit(env: Environment) -> Site:
    """Get the page, the API's answer about the schema, and the certificate.

    Raises:
        OSError: The site cannot be reached, or its certificate is not trusted.
        ValueError: It answers with something else.
    """
    page, certificate = _get(env, "/")
    api, _ = _get(env, "/api/version")
    return Site(
        address=address(env),
        versions=dict(PAGE_VERSIONS.findall(page)),
        migrated_at=json.loads(api)["schema"]["migrated_at"],
        certificate=certificate,
    )


def last_migration(state_machine_arn: str) -> str:
    """Return how the last run of the migration ended, in a few words."""
    stepfunctions: Any = boto3.client("stepfunctions")
    executions = stepfunctions.list_executions(stateMachineArn=state_machine_arn, maxResults=1)
    return next((run["status"].lower() for run in executions["executions"]), "has not run")


def _get(env: Environment, path: str) -> tuple[str, x509.Certificate]:
    domain = env.settings.site.domain
    trust = ssl.create_default_context(cafile=env.root)
    connection = http.client.HTTPSConnection(domain, FRONT_DOOR_PORT, timeout=10, context=trust)
    # Not every resolver knows that names below .localhost are this machine (RFC 6761, 6.3).
    raw = socket.create_connection((ADDRESS, FRONT_DOOR_PORT), 10)
    with trust.wrap_socket(raw, server_hostname=domain) as channel:
        connection.sock = channel
        encoded = channel.getpeercert(binary_form=True) or b""
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
    if response.status != http.client.OK:
        raise ValueError(f"{path} answers {response.status}: {body.strip()[:300]}")
    return body, x509.load_der_x509_certificate(encoded)
