"""The operation behind create, update and renewal: issue the certificate and import it into ACM."""

import logging
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from certificate import account_key, accounts, acm, certbot, lineage, state_secret, zones
from certificate.errors import CertificateError
from certificate.lineage import Kept
from certificate.request import CertificateRequest
from certificate.state import State

if TYPE_CHECKING:
    from josepy.jwk import JWK
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The AWS clients of this function; certbot has its own."""

    acm: "ACMClient"
    route53: "Route53Client"
    secrets: "SecretsManagerClient"


def ensure(
    request: CertificateRequest,
    *,
    arn: str | None,
    is_renewal: bool,
    clients: Clients,
    deadline: float,
) -> str:
    """Issue or renew the certificate if needed, import it into ACM, and return its ARN.

    Only a renewal asks the authority whether a certificate that fits is due. Other requests do without the
    authority then, so that its outage cannot make the rollback of an update fail.

    The certificate is saved before it is imported, and ACM is compared with the state even if certbot
    changed nothing. So if a run is killed at any point, the next one completes it.

    Args:
        request: The certificate.
        arn: Its ARN, if known.
        is_renewal: Whether the schedule asks. ACM gets no new certificate then: if the certificate is
            gone, it would import another one, which no load balancer uses.
        clients: Clients for AWS.
        deadline: When to give up, in seconds of the monotonic clock.

    Raises:
        CertificateError: There is no certificate that fits the request. ACM is unchanged, and so is
            the state, except for a new account.
    """
    found = acm.find(clients.acm, arn=arn, name=request.certificate_name)
    if found is None and is_renewal:
        raise CertificateError(
            f"There is no certificate {request.certificate_name} in ACM to renew. Deploy the stack again."
        )
    key = account_key.read(clients.secrets, request.account_key_secret_arn)
    with TemporaryDirectory(prefix="letsencrypt-") as name:
        directory = Path(name)
        before = state_secret.load(clients.secrets, request.state_secret_arn, directory)
        kept = Kept.read(directory)
        if is_renewal or not _suffices(kept, request, directory, key):
            zones.check(
                request.domains, hosted_zone_id=request.hosted_zone_id, route53=clients.route53
            )
            account = _ensure_account(request, clients, directory, before, key, deadline=deadline)
            certbot.obtain(
                request,
                directory=directory,
                must_replace=_is_useless(kept, request),
                deadline=deadline,
            )
        else:
            account = before
        current = lineage.issued(directory, domains=request.domains)
        after = _save(request, clients, directory, account)
    found = acm.put(clients.acm, arn=found, name=request.certificate_name, lineage=current)
    LOG.info(
        "%s certificate for %s by %s until %s: %s",
        "new" if after.links != before.links else "unchanged",
        ", ".join(request.domains),
        current.issuer,
        current.not_after.isoformat(),
        found,
    )
    return found


def _suffices(
    kept: Kept | None, request: CertificateRequest, directory: Path, key: "JWK | None"
) -> bool:
    """Whether account and certificate are what is requested."""
    return (
        kept is not None
        and kept.server == request.directory_url
        and kept.lineage.fits(request.domains)
        and accounts.are_as_requested(request, directory=directory, key=key)
    )


def _is_useless(kept: Kept | None, request: CertificateRequest) -> bool:
    """Whether the certificate must be replaced though certbot would keep it until it is due."""
    return kept is not None and (
        kept.server != request.directory_url or not kept.lineage.is_valid_yet
    )


def _ensure_account(
    request: CertificateRequest,
    clients: Clients,
    directory: Path,
    before: State,
    key: "JWK | None",
    *,
    deadline: float,
) -> State:
    """Have an account at the authority, and save it at once: authorities limit the number of new ones."""
    if key is not None:
        accounts.adopt(request, directory=directory, key=key, deadline=deadline)
    elif not accounts.are_as_requested(request, directory=directory, key=None):
        accounts.prepare_key(directory)
        before = _save(request, clients, directory, before)
        hmac_key = _hmac_key(request, clients.secrets)
        accounts.register(request, directory=directory, hmac_key=hmac_key, deadline=deadline)
    accounts.tell_email(request, directory=directory, deadline=deadline)
    return _save(request, clients, directory, before)


def _save(request: CertificateRequest, clients: Clients, directory: Path, before: State) -> State:
    after = State.capture(directory)
    if not after.equals(before):
        state_secret.save(clients.secrets, request.state_secret_arn, after)
    return after


def _hmac_key(request: CertificateRequest, secrets: "SecretsManagerClient") -> str | None:
    arn = request.external_account_hmac_key_secret_arn
    if arn is None:
        return None
    return secrets.get_secret_value(SecretId=arn)["SecretString"].strip()
