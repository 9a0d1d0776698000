"""What a failure of certbot's means: whether to try again, and when; and what an operator can do."""

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

NO_ACCOUNT = "The authority has no usable account for the account key"

_WAIT = "The authority wants no request before "

_AT_ONCE = re.compile(r"acme:error:badNonce")
"""RFC 8555 6.5: the server refuses a nonce and wants another; certbot itself gives in too soon."""

_PASSING = re.compile(
    r"acme:error:serverInternal|ConnectionError|ConnectTimeout|ReadTimeout|EndpointConnectionError"
    r"|Connection (?:refused|reset|aborted)|Throttling|PriorRequestNotComplete|ServiceUnavailable"
    r"|5\d\d Server Error"
)

_REMEDIES = (
    (
        r"Unable to find a Route53 hosted zone",
        "Create the public hosted zone of these names in this account, or correct the names. "
        "A private zone cannot serve.",
    ),
    (
        rf"acme:error:rateLimited|{_WAIT}",
        "Wait until the time in the message, or use the authority's staging directory meanwhile.",
    ),
    (
        NO_ACCOUNT,
        "Put the private key of an account at this very authority into the secret that "
        "acme.account_key_secret_arn names, or leave that setting out: then an account is registered.",
    ),
    (
        r"acme:error:accountDoesNotExist",
        "The authority does not know the account in the state secret: remove its entries "
        "(accounts/…) there, and a new one is registered.",
    ),
    (
        r"acme:error:externalAccountRequired|requires external account binding",
        "This authority wants an external account binding: set its key id and HMAC key.",
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
        rf"{_PASSING.pattern}|SSLError|HTTPError",
        "Check that the directory URL is right and that the function can reach it, then try again.",
    ),
    (r"", "The function's log has everything that certbot said."),
)


def wish(headers: Mapping[str, str]) -> str | None:
    """Return when the sender of a response wants the next request, as a sentence.

    Args:
        headers: Of the response; Retry-After has seconds or a date (RFC 9110 10.2.3).
    """
    value = headers.get("Retry-After", "")
    try:
        if value.isdecimal():
            # The sentence has whole seconds, and a moment too early would be refused again.
            moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(value) + 1)
        else:
            moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return f"{_WAIT}{moment:%Y-%m-%dT%H:%M:%SZ}."


def wished_seconds(failure: str) -> float | None:
    """Return the seconds until the authority wants the next request, if it has such a wish."""
    found = re.findall(rf"{_WAIT}(\S+Z)\.", failure)
    if not found:
        return None
    return (dt.datetime.fromisoformat(max(found)) - dt.datetime.now(dt.UTC)).total_seconds()


def pause(failure: str, *, attempt: int) -> float | None:
    """Return how long to wait before the next attempt, in seconds; None if it would fail as well.

    Args:
        failure: What certbot said.
        attempt: Number of the attempt that failed, from 0.
    """
    patience = 2.0**attempt
    wished = wished_seconds(failure)
    if wished is not None:
        return max(wished, patience)
    if _AT_ONCE.search(failure):
        return 0.0
    return patience if _PASSING.search(failure) else None


def remedy(failure: str, *, zone: str) -> str:
    """Return what an operator can do about a failure."""
    text = next(text for pattern, text in _REMEDIES if re.search(pattern, failure))
    return text.format(zone=zone)
