"""certbot, run as a child process: in this one it would reconfigure logging and log secrets."""

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
"""How long a passing failure is tried again, unless the authority wants it later."""

CLEANUP_SECONDS = 10.0
"""How long certbot may take, when told to stop, to remove its records from the zone."""

ORDER_SECONDS = 60.0
"""What must be left after a wait that the authority asked for: a change takes up to 60 s to reach
all name servers ("Checking DNS responses…", Amazon Route 53 Developer Guide)."""

_NOISE = re.compile(
    r"^\s*$|- - - -|Saving debug log|is saved at:|NEXT STEPS|will be updated when|/renewal-setup"
    r"|supporting our work|/donate"
)
"""What certbot says to people at a terminal."""


class CertbotError(CertificateError):
    """certbot failed; the message has the essential lines of its output and a remedy."""


def has_account(request: CertificateRequest, *, directory: Path) -> bool:
    """Whether the configuration directory has an account at the request's authority."""
    return any(_accounts(request, directory))


def adopt(request: CertificateRequest, *, directory: Path, key: JWK, deadline: float) -> None:
    """Make the account of a key the only one at the authority, looking it up there if need be.

    certbot could not choose among several. One that is replaced is still there at the authority, and
    its key in the state's previous version. Arguments and errors as below.
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
        hmac_key: Key of the external account binding, where the request has one.
        deadline: When certbot must have ended, on the monotonic clock.

    Raises:
        CertbotError: certbot failed, or passing failures did not pass.
    """
    arguments = ["register", "--agree-tos", "--no-eff-email", f"--email={request.email}"]
    if hmac_key is not None:
        # A command line can be read by every process, a file of mode 0600 cannot.
        binding = directory / "external-account.ini"
        binding.touch(mode=0o600)
        binding.write_text(
            f"eab-kid = {request.external_account_key_id}\neab-hmac-key = {hmac_key}\n"
        )
        arguments.append(f"--config={binding}")
    _run(request, arguments, directory=directory, deadline=deadline)


def change_email(request: CertificateRequest, *, directory: Path, deadline: float) -> None:
    """Tell the authority the account's new e-mail address; arguments and errors as above."""
    arguments = ["update_account", "--no-eff-email", f"--email={request.email}"]
    _run(request, arguments, directory=directory, deadline=deadline)


def obtain(request: CertificateRequest, *, directory: Path, deadline: float) -> None:
    """Make the configuration directory hold a certificate that is right and not due for renewal.

    Whether it is due is certbot's own decision: the authority's renewal information (RFC 9773), else
    a fraction of the lifetime. Arguments and errors as above.
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
        # certbot would keep another authority's certificate until it is due, and keep a trusted one
        # rather than replace it by one of a staging directory.
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
        if failures.wished_seconds(failure) is not None:
            retry_until = deadline - CLEANUP_SECONDS - ORDER_SECONDS
        if wait is None or time.monotonic() + wait > retry_until:
            raise _error(request, failure)
        LOG.warning("%s; tried again in %d s", failure.splitlines()[-1], wait)
        time.sleep(wait)


def _attempt(request: CertificateRequest, arguments: list[str], *, deadline: float) -> str | None:
    """Run certbot once; return what it said if it failed."""
    try:
        # Without the authority certbot could not ask whether a renewal is wanted early, and would
        # be content with a certificate that is not due: nobody would hear of it until it is.
        answer = requests.get(request.directory_url, timeout=10)
        answer.raise_for_status()
    except requests.HTTPError as error:
        return "\n".join(filter(None, [f"HTTPError: {error}", failures.wish(answer.headers)]))
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
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
    remedy = failures.remedy(failure, zone=request.hosted_zone_id or "of these names")
    return CertbotError(
        f"No certificate for {', '.join(request.domains)} from {request.directory_url}:\n"
        f"{failure}\n{remedy}"
    )
