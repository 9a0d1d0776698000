"""Check, without changing anything, whether an environment can be deployed: `make doctor ENV=prod`."""

from collections.abc import Iterator
from functools import partial

from dns.resolver import Resolver

from instandt_cdk.doctor import (
    alarm_mails,
    authority,
    changes,
    credentials,
    domain,
    existing_vpc,
    image_cache,
    left_secrets,
    mail,
    quotas,
    region,
    service_roles,
    stacks,
    stored_secrets,
)
from instandt_cdk.doctor.clients import Clients, cloudformation_in_any_region
from instandt_cdk.doctor.finding import Check
from instandt_cdk.settings import Settings


def credentials_check(aws: Clients, settings: Settings) -> Check:
    """The check that must succeed first: otherwise the account's checks would look at the wrong account."""
    return Check("credentials", partial(credentials.belong_to_account, aws.sts, settings.aws))


def left_secrets_check(aws: Clients, settings: Settings) -> Check:
    """The check for secrets that a new deployment could not create."""
    cloudformation = aws.cloudformation[settings.aws.region]
    return Check(
        "secrets", partial(left_secrets.none_in_the_way, aws.secrets, cloudformation, settings)
    )


def account_checks(aws: Clients, resolver: Resolver, settings: Settings) -> list[Check]:
    """The checks that need credentials of the account."""
    account, main_region = settings.aws.account, settings.aws.region
    site = settings.site
    return [
        Check("region", partial(region.enabled, aws.ec2_edge, settings.regions)),
        Check("zones", partial(region.has_zones, aws.ec2, settings)),
        Check("zones", partial(region.has_vpc_origins, aws.ec2, settings)),
        Check("instances", partial(region.offers_instances, aws.ec2, settings)),
        Check("database", partial(region.offers_database, aws.rds, settings)),
        *[
            Check("bootstrap", partial(region.bootstrapped, ssm, account=account, region=name))
            for name, ssm in aws.ssm.items()
        ],
        Check("service role", partial(service_roles.ecs_role_exists, aws.iam)),
        Check("stacks", partial(stacks.can_go_on, aws.cloudformation, settings.names)),
        Check("changes", partial(changes.hurt_nothing, cloudformation_in_any_region(), settings)),
        Check("virtual CPUs", partial(quotas.virtual_cpus, aws.quotas, aws.ec2, settings)),
        Check("elastic IPs", partial(quotas.elastic_ips, aws.quotas, aws.ec2, settings)),
        *_vpc_checks(aws, settings),
        Check("databases", partial(quotas.databases, aws.quotas, aws.rds, settings)),
        Check("hosted zone", partial(domain.has_zone, aws.route53, site)),
        Check("delegation", partial(domain.is_delegated, aws.route53, resolver, site)),
        left_secrets_check(aws, settings),
        *_registry_checks(aws, settings),
        *_acme_checks(aws, settings),
        Check(
            "e-mail",
            partial(
                mail.is_verified,
                aws.ses,
                sender=settings.application.email_sender,
                region=main_region,
            ),
        ),
        Check("e-mail", partial(mail.is_out_of_the_sandbox, aws.ses, region=main_region)),
        Check("alarms", partial(alarm_mails.are_confirmed, aws.sns, aws.cloudformation, settings)),
    ]


def _vpc_checks(aws: Clients, settings: Settings) -> Iterator[Check]:
    if settings.network.has_interface_endpoints:
        yield Check("endpoints", partial(region.offers_endpoints, aws.ec2, settings))
    if not (existing := settings.network.existing_vpc):
        yield Check("VPCs", partial(quotas.vpcs, aws.quotas, aws.ec2, settings))
        return
    yield Check("existing VPC", partial(existing_vpc.answers_names, aws.ec2, existing))
    for check in (existing_vpc.subnets_fit, existing_vpc.endpoints_are_free):
        yield Check("existing VPC", partial(check, aws.ec2, settings, existing))


def _registry_checks(aws: Clients, settings: Settings) -> Iterator[Check]:
    names, registry = settings.names, settings.registry
    if registry.source != "ecr":
        check = partial(
            stored_secrets.gitlab_credentials,
            aws.secrets,
            aws.cloudformation[settings.aws.region],
        )
        yield Check("secrets", partial(check, names=names, registry=registry))
    if registry.source == "pull-through-cache":
        yield Check("images", partial(image_cache.prefix_is_free, aws.ecr, names=names))


def _acme_checks(aws: Clients, settings: Settings) -> Iterator[Check]:
    if not (acme := settings.acme):
        return
    yield Check("hosted zone", partial(domain.certbot_takes_it, aws.route53, settings.site))
    if binding := acme.external_account_binding:
        check = partial(stored_secrets.external_account_key, aws.secrets)
        yield Check("secrets", partial(check, arn=binding.hmac_key_secret_arn))
    if acme.account_key_secret_arn:
        check = partial(stored_secrets.account_key, aws.secrets)
        yield Check("secrets", partial(check, arn=acme.account_key_secret_arn))


def public_checks(resolver: Resolver, settings: Settings) -> list[Check]:
    """The checks that need no credentials."""
    site, acme = settings.site, settings.acme
    amazon = partial(domain.caa_allows, resolver, authority="Amazon", identities=domain.AMAZON)
    if not acme:
        return [Check("CAA", partial(amazon, names=[site.domain, site.internal_name]))]
    return [
        Check("authority", partial(authority.is_reachable, acme)),
        Check("CAA", partial(authority.may_issue, resolver, acme, site)),
        # Amazon issues CloudFront's certificate.
        Check("CAA", partial(amazon, names=[site.domain])),
    ]
