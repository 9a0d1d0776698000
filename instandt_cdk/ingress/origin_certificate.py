"""The load balancer's certificate, publicly trusted as CloudFront demands; whose, the operator chooses."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.ingress.certbot_certificate import CertbotCertificate
from instandt_cdk.ingress.managed_certificate import ManagedCertificate
from instandt_cdk.operations.logs import Logs
from instandt_cdk.settings import AcmeSettings, SiteSettings

OriginCertificate = CertbotCertificate | ManagedCertificate
"""Both stay right under one `certificate_arn`, and have `alarms` for the day that they do not."""


def origin_certificate(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    state: secretsmanager.ISecret | None,
    state_key: kms.IKey,
    site: SiteSettings,
    acme: AcmeSettings | None,
    logs: Logs,
) -> OriginCertificate:
    """Add the certificate of `site.origin_certificate`.

    Args:
        scope: Its parent.
        construct_id: Its id.
        name: By which certbot's certificate is found in ACM.
        state: What certbot remembers; None where ACM issues the certificate.
        state_key: The state's key.
        site: The names, and the zone in which they are proven.
        acme: certbot's authority; None where ACM issues the certificate.
        logs: How a function's log is kept.
    """
    if acme is None or state is None:
        return ManagedCertificate(scope, construct_id, site=site)
    return CertbotCertificate(
        scope,
        construct_id,
        name=name,
        state=state,
        state_key=state_key,
        site=site,
        acme=acme,
        logs=logs,
    )
