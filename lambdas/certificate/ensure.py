"""The operation behind create, update and renewal: issue the certificate and import it into ACM."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certificate import account_key, acm, certbot, state
from certificate.errors import CertificateError
from certificate.lineage import Lineage
from certificate.request import CertificateRequest

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The AWS clients of this function; certbot has its own."""

    acm: "ACMClient"
    secrets: "SecretsManagerClient"


def ensure(
    request: CertificateRequest,
    *,
    arn: str | None,
    may_create: bool,
    email_changed: bool,
    clients: Clients,
    deadline: float,
) -> str:
    """Issue or renew the certificate if needed, import it into ACM, and return its ARN.

    A new account is saved at once, because authorities limit the number of registrations. The
    certificate is saved before it is imported, and ACM is compared with the state even if certbot
    changed nothing. So if a run is killed at any point, the next one completes it.

    Args:
        request: The certificate.
        arn: Its ARN, if known.
        may_create: Whether ACM may get a new certificate. False for a renewal: if the certificate is
            gone, it would import another one, which no load balancer uses.
        email_changed: Whether the account's e-mail address may differ from the request's.
        clients: Clients for AWS.
        deadline: When to give up, in seconds of the monotonic clock.

    Raises:
        CertificateError: There is no certificate that fits the request. ACM is unchanged, and so is
            the state, except for a new account.
    """
    with state.configuration_directory(deadline=deadline) as directory:
        found = acm.find(clients.acm, arn=arn, name=request.certificate_name)
        if found is None and not may_create:
            raise CertificateError(
                f"There is no certificate {request.certificate_name} in ACM to renew. Deploy the stack again."
            )
        before = state.load(clients.secrets, request.state_secret_arn)
        before.restore(directory)
        if request.account_key_secret_arn is not None:
            key = account_key.read(clients.secrets, request.account_key_secret_arn)
            certbot.adopt(request, directory=directory, key=key, deadline=deadline)
        elif not certbot.has_account(request, directory=directory):
            certbot.register(
                request,
                directory=directory,
                hmac_key=_hmac_key(request, clients.secrets),
                deadline=deadline,
            )
        if email_changed:
            certbot.change_email(request, directory=directory, deadline=deadline)
        account = _save(request, clients, directory, before)
        certbot.obtain(request, directory=directory, deadline=deadline)
        lineage = Lineage.read(directory)
        lineage.check(domains=request.domains)
        after = _save(request, clients, directory, account)
        found = acm.put(clients.acm, arn=found, name=request.certificate_name, lineage=lineage)
    LOG.info(
        "%s certificate for %s by %s until %s: %s",
        "new" if after.links != before.links else "unchanged",
        ", ".join(request.domains),
        lineage.issuer,
        lineage.not_after.isoformat(),
        found,
    )
    return found


def _save(
    request: CertificateRequest, clients: Clients, directory: Path, before: state.State
) -> state.State:
    after = state.State.capture(directory)
    if not after.equals(before):
        state.save(clients.secrets, request.state_secret_arn, after)
    return after


def _hmac_key(request: CertificateRequest, secrets: "SecretsManagerClient") -> str | None:
    arn = request.external_account_hmac_key_secret_arn
    if arn is None:
        return None
    return secrets.get_secret_value(SecretId=arn)["SecretString"].strip()
