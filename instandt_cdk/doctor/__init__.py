"""Look, without changing anything, whether a deployment has what it needs: `make doctor ENV=prod`."""

from collections.abc import Iterator
from functools import partial

from dns.resolver import Resolver

from instandt_cdk.doctor import (
    authority,
    credentials,
    domain,
    image_cache,
    mail,
    quotas,
    region,
    stored_secrets,
)
from instandt_cdk.doctor.clients import Clients
from instandt_cdk.doctor.finding import Check
from instandt_cdk.settings import Settings


def of_the_operator(aws: Clients, settings: Settings) -> Check:
    """Without this one, the account's checks would look at another account, or at none."""
    return Check("credentials", partial(credentials.of_the_account, aws.sts, settings.aws))


def of_the_account(aws: Clients, resolver: Resolver, settings: Settings) -> list[Check]:
    """What needs the account's credentials."""
    account, main = settings.aws.account, settings.aws.region
    site = settings.site
    return [
        Check("region", partial(region.enabled, aws.ec2_edge, settings.regions)),
        Check("zones", partial(region.has_zones, aws.ec2, settings)),
        Check("instances", partial(region.offers_instances, aws.ec2, settings)),
        Check("database", partial(region.offers_database, aws.rds, settings)),
        *[
            Check("bootstrap", partial(region.bootstrapped, ssm, account=account, region=place))
            for place, ssm in aws.ssm.items()
        ],
        Check("virtual CPUs", partial(quotas.virtual_cpus, aws.quotas, aws.ec2, settings)),
        Check("elastic IPs", partial(quotas.elastic_ips, aws.quotas, aws.ec2, settings)),
        *(
            [Check("VPCs", partial(quotas.vpcs, aws.quotas, aws.ec2, settings))]
            if not settings.network.existing_vpc
            else []
        ),
        Check("databases", partial(quotas.databases, aws.quotas, aws.rds, settings)),
        Check("hosted zone", partial(domain.has_zone, aws.route53, site)),
        Check("delegation", partial(domain.is_delegated, aws.route53, resolver, site)),
        *_of_the_registry(aws, settings),
        *_of_the_authoritys_secrets(aws, settings),
        Check(
            "e-mail",
            partial(
                mail.is_verified, aws.ses, sender=settings.application.email_sender, region=main
            ),
        ),
        Check("e-mail", partial(mail.is_out_of_the_sandbox, aws.ses, region=main)),
    ]


def _of_the_registry(aws: Clients, settings: Settings) -> Iterator[Check]:
    names, registry = settings.names, settings.registry
    if registry.source != "ecr":
        check = partial(stored_secrets.gitlab_credentials, aws.secrets, aws.cloudformation)
        yield Check("secrets", partial(check, names=names, registry=registry))
    if registry.source == "pull-through-cache":
        yield Check("images", partial(image_cache.prefix_is_free, aws.ecr, names=names))


def _of_the_authoritys_secrets(aws: Clients, settings: Settings) -> Iterator[Check]:
    if not (acme := settings.acme):
        return
    if binding := acme.external_account_binding:
        check = partial(stored_secrets.external_account_key, aws.secrets)
        yield Check("secrets", partial(check, arn=binding.hmac_key_secret_arn))
    if acme.account_key_secret_arn:
        check = partial(stored_secrets.account_key, aws.secrets)
        yield Check("secrets", partial(check, arn=acme.account_key_secret_arn))


def of_the_world(resolver: Resolver, settings: Settings) -> list[Check]:
    """What everybody may ask."""
    site, acme = settings.site, settings.acme
    amazon = partial(domain.allows, resolver, authority="Amazon", identities=domain.AMAZON)
    if not acme:
        return [Check("CAA", partial(amazon, names=[site.domain, site.internal_name]))]
    return [
        Check("authority", partial(authority.is_reachable, acme)),
        Check("CAA", partial(authority.may_issue, resolver, acme, site)),
        # CloudFront's certificate.
        Check("CAA", partial(amazon, names=[site.domain])),
    ]
