"""The load balancer's certificate: publicly trusted, as CloudFront demands, and of the operator's choice."""

from constructs import Construct

from instandt_cdk.ingress.certbot_certificate import CertbotCertificate
from instandt_cdk.ingress.managed_certificate import ManagedCertificate
from instandt_cdk.operations import Operations
from instandt_cdk.secrets.stack import SecretsStack
from instandt_cdk.settings import Settings

OriginCertificate = CertbotCertificate | ManagedCertificate
"""Both renew themselves under one `certificate_arn`, and tell the operator when they cannot."""


def origin_certificate(
    scope: Construct,
    construct_id: str,
    *,
    settings: Settings,
    secrets: SecretsStack,
    operations: Operations,
) -> OriginCertificate:
    """Add the certificate of `site.origin_certificate`.

    Args:
        scope: Its parent.
        construct_id: Its id.
        settings: The environment's: names, zone and authority.
        secrets: Keeps what certbot remembers.
        operations: How its log is kept, and who is told of trouble.
    """
    if settings.acme is None or secrets.acme_state is None:
        return ManagedCertificate(scope, construct_id, site=settings.site, operations=operations)
    return CertbotCertificate(
        scope,
        construct_id,
        name=settings.names.prefix,
        state=secrets.acme_state,
        state_key=secrets.key,
        site=settings.site,
        acme=settings.acme,
        operations=operations,
    )
