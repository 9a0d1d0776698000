"""Runs certbot as a child process. In this process it would reconfigure logging and log secrets."""

import logging
import os
import re
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import requests

from certificate import failures, lineage
from certificate.errors import CertificateError
from certificate.request import CertificateRequest

LOG = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""How long to pause, in all, after temporary failures, unless the authority asks to wait longer."""

CLEANUP_SECONDS = 10.0
"""How long certbot may take to remove its records from the zone when it is terminated."""

ORDER_SECONDS = 60.0
"""The time that must remain after a wait that the authority asked for. A change takes up to 60 s to
reach all name servers ("Checking DNS responses…", Amazon Route 53 Developer Guide)."""

_NOISE = re.compile(
    r"^\s*$|- - - -|Saving debug log|is saved at:|NEXT STEPS|will be updated when|/renewal-setup"
    r"|supporting our work|/donate"
)
"""Matches output of certbot that is meant for people at a terminal."""


class CertbotError(CertificateError):
    """certbot failed. The message has the important lines of its output and a remedy."""


def obtain(
    request: CertificateRequest, *, directory: Path, must_replace: bool, deadline: float
) -> None:
    """Issue or renew the certificate, if there is none that fits the request and is not due for renewal.

    certbot decides whether it is due: by the authority's renewal information (RFC 9773), otherwise
    by a fraction of the lifetime.

    Args:
        request: The certificate.
        directory: certbot's configuration directory.
        must_replace: Whether the certificate cannot be kept though it is not due.
        deadline: When certbot must have ended, in seconds of the monotonic clock.

    Raises:
        CertbotError: certbot failed, or temporary failures lasted too long.
    """
    arguments = [
        "certonly",
        "--dns-route53",
        "--key-type=ecdsa",
        "--elliptic-curve=secp256r1",
        "--renew-with-new-domains",
        f"--cert-name={lineage.NAME}",
        *(f"--domain={domain}" for domain in request.domains),
    ]
    if request.profile is not None:
        arguments.append(f"--preferred-profile={request.profile}")
    if must_replace:
        # Otherwise certbot would not replace a trusted certificate by one from a staging directory.
        arguments += ["--force-renewal", "--break-my-certs"]
    else:
        arguments.append("--keep-until-expiring")
    run(request, arguments, directory=directory, deadline=deadline)


def run(
    request: CertificateRequest,
    arguments: list[str],
    *,
    directory: Path,
    deadline: float,
    module: str = "certificate.child",
) -> None:
    """Run certbot, and again after temporary failures.

    Args:
        request: The certificate.
        arguments: certbot's command and the options that only this command has.
        directory: certbot's configuration directory.
        deadline: When certbot must have ended, in seconds of the monotonic clock.
        module: The module that runs it.

    Raises:
        CertbotError: certbot failed, or temporary failures lasted too long.
    """
    arguments = [
        module,
        *arguments,
        "--non-interactive",
        "--max-log-backups=0",
        f"--server={request.directory_url}",
        f"--config-dir={directory}",
        f"--work-dir={directory / 'work'}",
        f"--logs-dir={directory / 'logs'}",
    ]
    waited = 0.0
    for attempt in count():
        failure = _attempt(request, arguments, deadline=deadline)
        if failure is None:
            return
        wait = failures.pause(failure, attempt=attempt)
        latest = deadline - CLEANUP_SECONDS
        if failures.requested_wait_seconds(failure) is not None:
            latest -= ORDER_SECONDS
        else:
            waited += wait or 0.0
        if wait is None or time.monotonic() + wait > latest or waited > RETRY_SECONDS:
            raise _error(request, failure)
        LOG.warning("%s; trying again in %d s", failure.splitlines()[-1], wait)
        time.sleep(wait)


def _attempt(request: CertificateRequest, arguments: list[str], *, deadline: float) -> str | None:
    """Run certbot once; return its output if it failed, otherwise None."""
    try:
        # If certbot cannot reach the authority, it keeps a certificate that is not due and reports
        # success. Then nobody would learn of the failure before the certificate is due.
        answer = requests.get(request.directory_url, timeout=10)
        answer.raise_for_status()
    except requests.HTTPError as error:
        return "\n".join(
            filter(None, [f"HTTPError: {error}", failures.retry_notice(answer.headers)])
        )
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONUNBUFFERED": "1",  # keeps its lines in order
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
    child.terminate()  # not kill: certbot first removes its records from the zone
    try:
        return child.communicate(timeout=CLEANUP_SECONDS)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        return child.communicate()[0]


def _error(request: CertificateRequest, failure: str) -> CertbotError:
    remedy = failures.remedy(failure, zone=request.hosted_zone_id)
    return CertbotError(
        f"No certificate for {', '.join(request.domains)} from {request.directory_url}:\n"
        f"{failure}\n{remedy}"
    )
