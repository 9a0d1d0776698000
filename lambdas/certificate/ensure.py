"""The one operation behind create, update and renewal: make ACM hold the right certificate."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certificate import acm, certbot, state
from certificate.errors import CertificateError
from certificate.lineage import Lineage
from certificate.request import CertificateRequest

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """What the function talks to, besides what certbot does."""

    acm: "ACMClient"
    secrets: "SecretsManagerClient"


def ensure(
    request: CertificateRequest,
    *,
    arn: str | None,
    may_create: bool,
    clients: Clients,
    deadline: float,
) -> str:
    """Issue or renew the certificate if need be, make ACM hold it, and return its ARN.

    State is saved before ACM is told, and ACM is compared with the state whether or not certbot had
    anything to do. So a run that was killed at any point is completed by the next one.

    Args:
        request: The certificate.
        arn: Its ARN, if known.
        may_create: Whether ACM may get a new certificate. A renewal of one that is gone would make
            another, which no load balancer uses.
        clients: Clients for AWS.
        deadline: When to give up, on the monotonic clock.

    Raises:
        CertificateError: No certificate that is right could be had; state and ACM are as before.
    """
    found = acm.find(clients.acm, arn=arn, name=request.name)
    if found is None and not may_create:
        raise CertificateError(
            f"There is no certificate {request.name} in ACM to renew. Deploy the stack again."
        )
    with state.configuration_directory(deadline=deadline) as directory:
        before = state.load(clients.secrets, request.state_secret_arn)
        before.restore(directory)
        try:
            certbot.run(
                request,
                directory=directory,
                hmac_key=_hmac_key(request, clients.secrets),
                deadline=deadline,
            )
        except certbot.CertbotError:
            # An account that was registered is kept: authorities limit how many one may have.
            _save(request, clients, before, before.with_accounts(directory))
            raise
        after = state.State.capture(directory)
        lineage = Lineage.read(directory)
    lineage.check(domains=request.domains)
    _save(request, clients, before, after)
    found = acm.put(clients.acm, arn=found, name=request.name, lineage=lineage)
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
    request: CertificateRequest, clients: Clients, before: state.State, after: state.State
) -> None:
    if not after.equals(before):
        state.save(clients.secrets, request.state_secret_arn, after)


def _hmac_key(request: CertificateRequest, secrets: "SecretsManagerClient") -> str | None:
    if request.external_account is None:
        return None
    arn = request.external_account.hmac_key_secret_arn
    return secrets.get_secret_value(SecretId=arn)["SecretString"].strip()
