"""The certificate authority of the load balancer's certificate."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from dns.resolver import Resolver

from instandt_cdk.doctor import domain
from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.settings import AcmeSettings, SiteSettings

DIRECTORY_FIELDS = {"newNonce", "newAccount", "newOrder"}
"""The fields of an ACME directory that ordering a certificate needs (RFC 8555, 7.1.1)."""
LARGEST_DIRECTORY = 1_000_000
TIMEOUT_SECONDS = 10


class _NoDirectoryError(Exception):
    """There is no ACME directory at the URL; the message says what is there, after the URL."""


def is_reachable(acme: AcmeSettings) -> Iterator[Finding]:
    """The directory answers, and the authority offers what the settings use."""
    try:
        meta = _meta(acme.directory_url)
    except _NoDirectoryError as error:
        yield failed(
            f"{acme.directory_url} {error}",
            "correct acme.directory_url; if it is right, check that this machine can reach it",
        )
        return
    yield good(f"{acme.directory_url} answers")
    if meta.get("externalAccountRequired") and not acme.external_account_binding:
        yield failed(
            "it only accepts accounts with an external account binding",
            "set acme.external_account_binding to what the authority gave you",
        )
    if acme.profile and acme.profile not in meta.get("profiles", {}):
        yield warning(
            f'it has no profile "{acme.profile}" and would issue its default one',
            f"choose acme.profile among {', '.join(meta.get('profiles', {})) or 'none'}, or leave it out",
        )


def may_issue(resolver: Resolver, acme: AcmeSettings, site: SiteSettings) -> Iterator[Finding]:
    """CAA records let the authority issue the load balancer's certificate."""
    try:
        meta = _meta(acme.directory_url)
    except _NoDirectoryError:
        return  # is_reachable reports this
    # Authorities that check CAA records publish the names to use in them (RFC 8555, 7.1.1).
    if identities := meta.get("caaIdentities"):
        yield from domain.caa_allows(
            resolver,
            names=(site.domain, site.internal_name),
            authority=identities[0],
            identities=identities,
        )


def _meta(url: str) -> Mapping[str, Any]:
    """Return the metadata of the ACME directory at a URL.

    Raises:
        _NoDirectoryError: There is none.
    """
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - https
            directory = json.loads(answer.read(LARGEST_DIRECTORY))
    except urllib.error.HTTPError as error:
        raise _NoDirectoryError(f"answers {error.code}") from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise _NoDirectoryError(
                f"is not trusted by this machine ({reason.verify_message})"
            ) from None
        raise _NoDirectoryError(f"does not answer ({reason})") from None
    except ValueError:
        raise _NoDirectoryError("answers something that is not an ACME directory") from None
    if not isinstance(directory, dict) or not directory.keys() >= DIRECTORY_FIELDS:
        raise _NoDirectoryError("answers something that is not an ACME directory")
    return directory.get("meta") or {}
