"""Runs certbot as a child process. In this process it would reconfigure logging and log secrets."""

import logging
import os
import re
import shutil
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import requests
from josepy.jwk import JWK

from certificate import failures, lineage
from certificate.errors import CertificateError
from certificate.request import CertificateRequest

LOG = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""How long to retry after a temporary failure, unless the authority asks to wait longer."""

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


def has_account(request: CertificateRequest, *, directory: Path) -> bool:
    """Whether the configuration directory has an account at the requested authority."""
    return any(_accounts(request, directory))


def adopt(request: CertificateRequest, *, directory: Path, key: JWK, deadline: float) -> None:
    """Make the account of a key the only one in the directory, and look it up at the authority if needed.

    With several accounts, certbot could not choose one. A replaced account still exists at the
    authority, and its key is in the previous version of the state.

    Args:
        request: The certificate.
        directory: certbot's configuration directory.
        key: The account's private key.
        deadline: When certbot must have ended, in seconds of the monotonic clock.

    Raises:
        CertbotError: certbot failed, or temporary failures lasted too long.
    """
    present = _accounts(request, directory)
    others = [account for account in present if not _has_key(account, key)]
    if others == present:
        key_file = directory / "account-key.json"
        key_file.touch(mode=0o600)
        key_file.write_text(key.json_dumps())
        _run(
            request,
            [str(key_file), "register"],
            directory=directory,
            deadline=deadline,
            module="certificate.adoption",
        )
    for account in others:
        shutil.rmtree(account)


def _accounts(request: CertificateRequest, directory: Path) -> list[Path]:
    server = urlsplit(request.directory_url)
    accounts = directory / "accounts" / server.netloc / server.path.strip("/")
    return [registration.parent for registration in accounts.glob("*/regr.json")]


def _has_key(account: Path, key: JWK) -> bool:
    held = JWK.json_loads((account / "private_key.json").read_text())
    return bool(held.thumbprint() == key.thumbprint())  # RFC 7638


def register(
    request: CertificateRequest, *, directory: Path, hmac_key: str | None, deadline: float
) -> None:
    """Register an account at the authority.

    Args:
        request: The certificate.
        directory: certbot's configuration directory.
        hmac_key: The key of the external account binding, if the request has one.
        deadline: When certbot must have ended, in seconds of the monotonic clock.

    Raises:
        CertbotError: certbot failed, or temporary failures lasted too long.
    """
    arguments = ["register", "--agree-tos", "--no-eff-email", f"--email={request.email}"]
    if hmac_key is not None:
        # Every process can read a command line, but not a file of mode 0600.
        binding = directory / "external-account.ini"
        binding.touch(mode=0o600)
        binding.write_text(
            f"eab-kid = {request.external_account_key_id}\neab-hmac-key = {hmac_key}\n"
        )
        arguments.append(f"--config={binding}")
    _run(request, arguments, directory=directory, deadline=deadline)


def change_email(request: CertificateRequest, *, directory: Path, deadline: float) -> None:
    """Tell the authority the account's new e-mail address. Arguments and errors: see `register`."""
    arguments = ["update_account", "--no-eff-email", f"--email={request.email}"]
    _run(request, arguments, directory=directory, deadline=deadline)


def obtain(request: CertificateRequest, *, directory: Path, deadline: float) -> None:
    """Issue or renew the certificate, if there is none that fits the request and is not due for renewal.

    certbot decides whether it is due: by the authority's renewal information (RFC 9773), otherwise
    by a fraction of the lifetime. Arguments and errors: see `register`.
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
    if lineage.issuing_server(directory) in (None, request.directory_url):
        arguments.append("--keep-until-expiring")
    else:
        # Otherwise certbot would keep another authority's certificate until it is due, and would not
        # replace a trusted one by one from a staging directory.
        arguments += ["--force-renewal", "--break-my-certs"]
    _run(request, arguments, directory=directory, deadline=deadline)


def _run(
    request: CertificateRequest,
    arguments: list[str],
    *,
    directory: Path,
    deadline: float,
    module: str = "certificate.child",
) -> None:
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
    retry_until = min(time.monotonic() + RETRY_SECONDS, deadline - CLEANUP_SECONDS)
    for attempt in count():
        failure = _attempt(request, arguments, deadline=deadline)
        if failure is None:
            return
        wait = failures.pause(failure, attempt=attempt)
        if failures.requested_wait_seconds(failure) is not None:
            retry_until = deadline - CLEANUP_SECONDS - ORDER_SECONDS
        if wait is None or time.monotonic() + wait > retry_until:
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
    remedy = failures.remedy(failure, zone=request.hosted_zone_id or "of these names")
    return CertbotError(
        f"No certificate for {', '.join(request.domains)} from {request.directory_url}:\n"
        f"{failure}\n{remedy}"
    )
