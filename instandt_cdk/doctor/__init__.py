"""Look, without changing anything, whether a deployment has what it needs: `make doctor ENV=prod`."""

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
from instandt_cdk.regions import EDGE_REGION
from instandt_cdk.settings import Settings


def of_the_operator(aws: Clients, settings: Settings) -> Check:
    """Without this one, the account's checks would look at another account, or at none."""
    return Check("credentials", partial(credentials.of_the_account, aws.sts, settings.aws))


def of_the_account(aws: Clients, resolver: Resolver, settings: Settings) -> list[Check]:
    """What needs the account's credentials."""
    account, main = settings.aws.account, settings.aws.region
    name, site = settings.environment, settings.site
    checks = [
        Check("region", partial(region.enabled, aws.ec2_edge, main)),
        Check("zones", partial(region.has_zones, aws.ec2, settings)),
        Check("instances", partial(region.offers_instances, aws.ec2, settings)),
        Check("database", partial(region.offers_database, aws.rds, settings)),
        *[
            Check("bootstrap", partial(region.bootstrapped, ssm, account=account, region=place))
            for place, ssm in {main: aws.ssm, EDGE_REGION: aws.ssm_edge}.items()
        ],
        Check("virtual CPUs", partial(quotas.virtual_cpus, aws.quotas, aws.ec2, settings)),
        Check("elastic IPs", partial(quotas.elastic_ips, aws.quotas, aws.ec2, settings)),
        Check("VPCs", partial(quotas.vpcs, aws.quotas, aws.ec2, settings)),
        Check("databases", partial(quotas.databases, aws.quotas, aws.rds, settings)),
        Check("hosted zone", partial(domain.has_zone, aws.route53, site)),
        Check("delegation", partial(domain.is_delegated, aws.route53, resolver, site)),
        Check(
            "secrets",
            partial(
                stored_secrets.gitlab_credentials, aws.secrets, aws.cloudformation, environment=name
            ),
        ),
        Check("images", partial(image_cache.prefix_is_free, aws.ecr, environment=name)),
        Check(
            "e-mail",
            partial(
                mail.is_verified, aws.ses, sender=settings.application.email_sender, region=main
            ),
        ),
        Check("e-mail", partial(mail.is_out_of_the_sandbox, aws.ses, region=main)),
    ]
    if binding := settings.acme.external_account_binding:
        arn = binding.hmac_key_secret_arn
        checks.append(
            Check("secrets", partial(stored_secrets.external_account_key, aws.secrets, arn=arn))
        )
    return checks


def of_the_world(resolver: Resolver, settings: Settings) -> list[Check]:
    """What everybody may ask."""
    site, acme = settings.site, settings.acme
    return [
        Check("authority", partial(authority.is_reachable, acme)),
        Check("CAA", partial(authority.may_issue, resolver, acme, site)),
        Check(
            "CAA",
            partial(
                domain.allows,
                resolver,
                names=[site.domain],
                authority="Amazon, for CloudFront's certificate,",
                identities=domain.AMAZON,
            ),
        ),
    ]
