"""Interprets failures of certbot: whether and when to try again, and what the operator can do."""

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

NO_ACCOUNT = "The authority has no usable account for the account key"

_WAIT = "The authority allows no request before "

_TEMPORARY = re.compile(
    r"acme:error:(?:badNonce|serverInternal)|ConnectionError|ConnectTimeout|ReadTimeout|EndpointConnectionError"
    r"|Connection (?:refused|reset|aborted)|Throttling|PriorRequestNotComplete|ServiceUnavailable"
    r"|5\d\d Server Error|<Response \[50[234]\]>"
)

_SLOW_DNS = re.compile(r"query timed out|i/o timeout|SERVFAIL looking up")
"""What Let's Encrypt and pebble say when name servers do not answer them in time."""

SLOW_DNS_ATTEMPTS = 3
"""An authority counts failed validations: Let's Encrypt allows five an hour and name
(letsencrypt.org/docs/rate-limits)."""

_REMEDIES = (
    (
        rf"acme:error:rateLimited|{_WAIT}",
        "Wait until the time in the message, or use the authority's staging directory until then.",
    ),
    (
        NO_ACCOUNT,
        "Put the private key of an account at this authority into the secret in "
        "acme.account_key_secret_arn, or remove that setting: then a new account is registered.",
    ),
    (
        r"acme:error:accountDoesNotExist",
        "The authority does not know the account in the state secret. Remove its entries "
        "(accounts/…) from the secret; then a new account is registered.",
    ),
    (
        r"acme:error:externalAccountRequired|requires external account binding",
        "This authority requires an external account binding: set its key id and HMAC key.",
    ),
    (
        r"AccessDenied|NoCredentials",
        "Allow the function route53:ListHostedZones, GetChange and ChangeResourceRecordSets.",
    ),
    (
        r"acme:error:(?:unauthorized|dns|caa)|failed to authenticate",
        "Check that the parent domain delegates to the name servers of the public hosted zone "
        "{zone}, and that no CAA record forbids the authority.",
    ),
    (
        rf"{_TEMPORARY.pattern}|SSLError|HTTPError",
        "Check that the directory URL is right and that the function can reach it, then try again.",
    ),
    (r"", "See the function's log for all of certbot's output."),
)


def retry_notice(headers: Mapping[str, str]) -> str | None:
    """Return a sentence that says when the authority allows the next request; None if it does not say.

    Args:
        headers: The response's headers. Retry-After has seconds or a date (RFC 9110, 10.2.3).
    """
    value = headers.get("Retry-After", "")
    try:
        if value.isdecimal():
            # The sentence has whole seconds, so round up: a request that is too early is refused again.
            moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(value) + 1)
        else:
            moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return f"{_WAIT}{moment:%Y-%m-%dT%H:%M:%SZ}."


def requested_wait_seconds(failure: str) -> float | None:
    """Return the seconds until the authority allows the next request; None if it did not say."""
    found = re.findall(rf"{_WAIT}(\S+Z)\.", failure)
    if not found:
        return None
    return (dt.datetime.fromisoformat(max(found)) - dt.datetime.now(dt.UTC)).total_seconds()


def pause(failure: str, *, attempt: int) -> float | None:
    """Return how long to wait before the next attempt, in seconds; None if it would fail again.

    Args:
        failure: certbot's output.
        attempt: The number of the failed attempt, from 0.
    """
    backoff = 2.0**attempt
    requested = requested_wait_seconds(failure)
    if requested is not None:
        return max(requested, backoff)
    if _SLOW_DNS.search(failure):
        return 5 * backoff if attempt + 1 < SLOW_DNS_ATTEMPTS else None
    return backoff if _TEMPORARY.search(failure) else None


def remedy(failure: str, *, zone: str) -> str:
    """Return what an operator can do about a failure."""
    text = next(text for pattern, text in _REMEDIES if re.search(pattern, failure))
    return text.format(zone=zone)
