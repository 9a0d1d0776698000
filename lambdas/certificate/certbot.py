"""certbot, run as a child process: in this one it would reconfigure logging and log secrets."""

import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import requests

from certificate import lineage
from certificate.errors import CertificateError
from certificate.request import CertificateRequest

LOG = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""How long a passing failure is tried again."""

CLEANUP_SECONDS = 10.0
"""How long certbot may take, when told to stop, to remove its records from the zone."""

_TRY_AGAIN_AT_ONCE = re.compile(r"acme:error:badNonce")
"""RFC 8555 6.5: the server refuses a nonce and wants another; certbot itself gives in too soon."""

_TRY_AGAIN_LATER = re.compile(
    r"acme:error:serverInternal|ConnectionError|ConnectTimeout|ReadTimeout|EndpointConnectionError"
    r"|Connection (?:refused|reset|aborted)|Throttling|PriorRequestNotComplete|ServiceUnavailable"
    r"|5\d\d Server Error"
)

_NOISE = re.compile(
    r"^\s*$|- - - -|Saving debug log|is saved at:|NEXT STEPS|will be updated when|/renewal-setup"
    r"|supporting our work|/donate"
)
"""What certbot says to people at a terminal."""

_REMEDIES = (
    (
        r"Unable to find a Route53 hosted zone",
        "Create the public hosted zone of these names in this account, or correct the names. "
        "A private zone cannot serve.",
    ),
    (
        r"acme:error:rateLimited",
        "Wait until the time in the message, or use the authority's staging directory meanwhile.",
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
        rf"{_TRY_AGAIN_LATER.pattern}|SSLError|HTTPError",
        "Check that the directory URL is right and that the function can reach it, then try again.",
    ),
    (r"", "The function's log has everything that certbot said."),
)


class CertbotError(CertificateError):
    """certbot failed; the message has the essential lines of its output and a remedy."""


def run(
    request: CertificateRequest, *, directory: Path, hmac_key: str | None, deadline: float
) -> None:
    """Make the configuration directory hold a certificate that is right and not due for renewal.

    Whether it is due is certbot's own decision: the authority's renewal information, else a
    fraction of the lifetime.

    Args:
        request: The certificate.
        directory: certbot's configuration directory.
        hmac_key: Key of the external account binding, where the request has one.
        deadline: When certbot must have ended, on the monotonic clock.

    Raises:
        CertbotError: certbot failed, or passing failures did not pass.
    """
    arguments = _arguments(request, directory=directory)
    if request.external_account is not None and hmac_key is not None:
        # A command line can be read by every process, a file of mode 0600 cannot.
        binding = directory / "external-account.ini"
        binding.touch(mode=0o600)
        binding.write_text(
            f"eab-kid = {request.external_account.key_id}\neab-hmac-key = {hmac_key}\n"
        )
        arguments += ["--config", str(binding)]
    last_start = min(time.monotonic() + RETRY_SECONDS, deadline - CLEANUP_SECONDS)
    pause = 1.0
    while (failure := _attempt(request, arguments, deadline=deadline)) is not None:
        if _TRY_AGAIN_AT_ONCE.search(failure):
            wait = 0.0
        elif _TRY_AGAIN_LATER.search(failure):
            wait, pause = pause, 2 * pause
        else:
            raise _error(request, failure)
        if time.monotonic() + wait > last_start:
            raise _error(request, failure)
        LOG.warning("%s; tried again in %d s", failure.splitlines()[-1], wait)
        time.sleep(wait)


def _arguments(request: CertificateRequest, *, directory: Path) -> list[str]:
    arguments = [
        "certonly",
        "--non-interactive",
        "--agree-tos",
        "--no-eff-email",
        "--dns-route53",
        "--key-type=ecdsa",
        "--elliptic-curve=secp256r1",
        "--renew-with-new-domains",
        "--max-log-backups=0",
        f"--cert-name={lineage.NAME}",
        f"--server={request.directory_url}",
        f"--email={request.email}",
        f"--config-dir={directory}",
        f"--work-dir={directory / 'work'}",
        f"--logs-dir={directory / 'logs'}",
        *(f"--domain={domain}" for domain in request.domains),
    ]
    if lineage.issuing_server(directory) in (None, request.directory_url):
        return [*arguments, "--keep-until-expiring"]
    # certbot would keep another authority's certificate until it is due, and keep a trusted one
    # rather than replace it by one of a staging directory.
    return [*arguments, "--force-renewal", "--break-my-certs"]


def _attempt(request: CertificateRequest, arguments: list[str], *, deadline: float) -> str | None:
    """Run certbot once; return what it said if it failed."""
    try:
        # Without the authority certbot could not ask whether a renewal is wanted early, and would
        # be content with a certificate that is not due: nobody would hear of it until it is.
        requests.get(request.directory_url, timeout=10).raise_for_status()
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"
    child = subprocess.Popen(
        [sys.executable, "-m", "certificate.child", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONUNBUFFERED": "1",  # or its lines would not come in the order they were said in
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    started = time.monotonic()
    try:
        output, _ = child.communicate(timeout=max(deadline - CLEANUP_SECONDS - started, 0))
    except subprocess.TimeoutExpired:
        output = _stop(child)
        output += f"\ncertbot was stopped after {time.monotonic() - started:.0f} s: no time is left"
    lines = [line for line in output.splitlines() if not _NOISE.search(line)]
    for line in lines:
        LOG.info("certbot: %s", line)
    return None if child.returncode == 0 else "\n".join(lines)


def _stop(child: subprocess.Popen[str]) -> str:
    child.terminate()  # certbot removes its records from the zone; killed, it could not
    try:
        return child.communicate(timeout=CLEANUP_SECONDS)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        return child.communicate()[0]


def _error(request: CertificateRequest, failure: str) -> CertbotError:
    remedy = next(text for pattern, text in _REMEDIES if re.search(pattern, failure))
    return CertbotError(
        f"No certificate for {', '.join(request.domains)} from {request.directory_url}:\n"
        f"{failure}\n{remedy.format(zone=request.hosted_zone_id or 'of these names')}"
    )
