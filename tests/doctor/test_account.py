"""The account: whose credentials, which regions, what they offer, how much of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from instandt_cdk.doctor import credentials, image_cache, quotas, region, service_roles
from instandt_cdk.doctor.requirements import ENDPOINT_SERVICES
from instandt_cdk.names import Names
from tests.doctor.stubs import answering, lines
from tests.support.emulated import ACCOUNT, REGION, Cloud
from tests.support.settings_files import SettingsFactory

DENIED = (
    "UnauthorizedOperation You are not authorized to perform this operation. User: arn:aws:iam::1:user/o is "
    "not authorized to perform: {} because no identity-based policy allows it"
)


def test_credentials_of_the_account(cloud: Cloud, settings: SettingsFactory) -> None:
    own = settings(f'aws.account = "{ACCOUNT}"').aws
    assert lines(credentials.belong_to_account(cloud.client("sts"), own)) == [
        f"✓ arn:aws:iam::{ACCOUNT}:root"
    ]
    (line,) = lines(credentials.belong_to_account(cloud.client("sts"), settings().aws))
    assert line.startswith(f'✗ they belong to account {ACCOUNT}, not to aws.account = "2222')


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_credentials_that_aws_refuses(code: str, settings: SettingsFactory) -> None:
    sts = answering("sts", [("get_caller_identity", f"{code} secret detail")])
    (line,) = lines(credentials.belong_to_account(sts, settings().aws))
    assert line.startswith(f"✗ AWS refuses them: {code} → sign in")


def test_regions(cloud: Cloud) -> None:
    assert lines(region.enabled(cloud.client("ec2", "us-east-1"), [REGION, "us-east-1"])) == [
        f"✓ {REGION} is enabled",
        "✓ us-east-1 is enabled",
    ]
    off = {"Regions": [{"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"}]}
    assert lines(
        region.enabled(answering("ec2", [("describe_regions", off)]), ["us-east-1", "xx-east-9"])
    ) == [
        "✓ us-east-1 is enabled",
        "✗ xx-east-9 is no region of this account → choose another in aws.region",
    ]
    off["Regions"].append({"RegionName": "eu-south-1", "OptInStatus": "not-opted-in"})
    line, _ = lines(
        region.enabled(answering("ec2", [("describe_regions", off)]), ["eu-south-1", "us-east-1"])
    )
    assert line.startswith("✗ eu-south-1 is not enabled → `aws account enable-region --region-name")


def test_the_role_of_ecs() -> None:
    # The emulator has a role of almost this name.
    role = {
        "Path": "/aws-service-role/ecs.amazonaws.com/",
        "RoleName": "AWSServiceRoleForECS",
        "RoleId": "AROA0123456789ABCDEF",
        "Arn": "arn:aws:iam::222222222222:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
    }
    iam = answering("iam", [("get_role", "NoSuchEntity"), ("get_role", {"Role": role})])
    (absent,) = lines(service_roles.ecs_role_exists(iam))
    assert absent.startswith("✗ there is no AWSServiceRoleForECS, ")
    assert absent.endswith(
        " → `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`"
    )
    assert lines(service_roles.ecs_role_exists(iam)) == ["✓ AWSServiceRoleForECS exists"]


def test_zones(cloud: Cloud, settings: SettingsFactory) -> None:
    ec2 = cloud.client("ec2")
    assert lines(region.has_zones(ec2, settings())) == ["✓ eu-central-1a, eu-central-1b"]
    assert lines(region.has_zones(ec2, settings('network.zones = ["a", "f"]'))) == [
        "✗ eu-central-1f is not available to this account → choose from eu-central-1a, eu-central-1b, "
        "eu-central-1c in network.zones"
    ]


def test_zones_that_cloudfront_does_not_reach(settings: SettingsFactory) -> None:
    def named(**ids: str) -> Any:  # noqa: ANN401 - any client
        zones = [
            {"ZoneName": f"us-east-1{letter}", "ZoneId": f"use1-{zone}"}
            for letter, zone in ids.items()
        ]
        return answering("ec2", [("describe_availability_zones", {"AvailabilityZones": zones})])

    chosen = settings('aws.region = "us-east-1"')
    assert lines(region.has_vpc_origins(named(a="az1", b="az2", c="az3"), chosen)) == [
        "✓ CloudFront reaches them"
    ]
    assert lines(region.has_vpc_origins(named(a="az1", b="az3", c="az2"), chosen)) == [
        "✗ us-east-1b is use1-az3 in this account, where CloudFront reaches no VPC origin → choose from "
        "us-east-1a, us-east-1c in network.zones"
    ]
    new = settings('aws.region = "xx-new-1"', 'network.cloudfront_prefix_list_id = "pl-0a"')
    (line,) = lines(region.has_vpc_origins(named(), new))
    assert line.startswith("! xx-new-1 is not known to have CloudFront's VPC origins → look it up")


def test_endpoints_in_every_zone(settings: SettingsFactory) -> None:
    def offering(**others: str) -> Any:  # noqa: ANN401 - any client
        services = [
            {
                "ServiceName": f"com.amazonaws.eu-central-1.{service}",
                "AvailabilityZones": [f"eu-central-1{zone}" for zone in zones],
            }
            for service, zones in {**dict.fromkeys(ENDPOINT_SERVICES, "abc"), **others}.items()
        ]
        return answering("ec2", [("describe_vpc_endpoint_services", {"ServiceDetails": services})])

    assert lines(region.offers_endpoints(offering(), settings())) == [
        "✓ those of 9 services in every zone"
    ]
    assert lines(region.offers_endpoints(offering(ssm="bc"), settings())) == [
        "✗ eu-central-1a lacks endpoints of ssm → choose from eu-central-1b, "
        "eu-central-1c in network.zones, or network.interface_endpoints = false"
    ]
    closed = settings(
        'network.nat = "none"',
        "- registry.username",
        "- registry.project",
        'registry.source = "ecr"',
        'registry.repository = "222222222222.dkr.ecr.eu-central-1.amazonaws.com/instandt"',
    )
    assert lines(region.offers_endpoints(offering(email="ac"), closed)) == [
        "✗ eu-central-1b lacks endpoints of email → choose from eu-central-1a, "
        "eu-central-1c in network.zones"
    ]


def test_instance_types_in_every_zone(settings: SettingsFactory) -> None:
    def offers(*pairs: str) -> Any:  # noqa: ANN401 - any client
        found = [
            dict(zip(("InstanceType", "Location"), pair.split(), strict=True)) for pair in pairs
        ]
        answer = {"InstanceTypeOfferings": found}
        return answering("ec2", [("describe_instance_type_offerings", answer)])

    everywhere = [
        f"{kind} eu-central-1{zone}" for kind in ("m6i.large", "t4g.nano") for zone in "ab"
    ]
    assert lines(region.offers_instances(offers(*everywhere), settings())) == [
        "✓ m6i.large in every zone",
        "✓ t4g.nano in every zone",
    ]
    assert lines(region.offers_instances(offers(*everywhere[1:]), settings())) == [
        "✗ m6i.large is not offered in eu-central-1a → choose others in cluster.instance_type or "
        "network.zones; it is offered in eu-central-1b",
        "✓ t4g.nano in every zone",
    ]


def test_the_database_class(settings: SettingsFactory) -> None:
    def found(offers: Mapping[str, str], *changes: str) -> str:
        options = [
            {
                "EngineVersion": version,
                "AvailabilityZones": [{"Name": f"eu-central-1{zone}"} for zone in zones],
            }
            for version, zones in offers.items()
        ]
        call = ("describe_orderable_db_instance_options", {"OrderableDBInstanceOptions": options})
        (line,) = lines(region.offers_database(answering("rds", [call]), settings(*changes)))
        return line

    assert found({"17.9": "ab", "18.1": "abc"}) == (
        "✓ PostgreSQL 17 on db.m7g.large in eu-central-1a, eu-central-1b"
    )
    assert found({"18.1": "ab"}).startswith(
        "✗ PostgreSQL 17 on db.m7g.large is offered in none of the zones, but needs 2"
    )
    other_zones = 'network.zones = ["b", "c"]'
    assert "is offered in eu-central-1b of the zones, but needs 2" in found(
        {"17.9": "ab"}, other_zones
    )
    assert found({"17.9": "ab"}, other_zones, "database.multi_az = false") == (
        "✓ PostgreSQL 17 on db.m7g.large in eu-central-1b"
    )


def test_the_bootstrap(cloud: Cloud) -> None:
    ssm = cloud.client("ssm", "ap-south-1")

    def found() -> list[str]:
        return lines(region.bootstrapped(ssm, account=ACCOUNT, region="ap-south-1"))

    remedy = f"`npx cdk bootstrap aws://{ACCOUNT}/ap-south-1`"
    assert found() == [f"✗ ap-south-1 is not bootstrapped → {remedy}"]
    for version, line in (
        ("5", f"✗ ap-south-1 has version 5, but the CDK needs at least 6 → {remedy}"),
        ("30", "✓ ap-south-1 has version 30"),
    ):
        ssm.put_parameter(
            Name=region.BOOTSTRAP_PARAMETER, Value=version, Type="String", Overwrite=True
        )
        assert found() == [line]


def test_a_missing_permission_is_named(cloud: Cloud, settings: SettingsFactory) -> None:
    ec2 = answering("ec2", [("describe_regions", DENIED.format("ec2:DescribeRegions"))])
    assert lines(region.enabled(ec2, [REGION])) == [
        "! could not be checked: these credentials lack a permission → allow ec2:DescribeRegions, or use "
        "credentials that have it"
    ]
    service = answering("service-quotas", [("get_service_quota", "AccessDeniedException")])
    (line,) = lines(quotas.databases(service, cloud.client("rds"), settings()))
    assert "→ allow GetServiceQuota, or use credentials" in line


def test_the_prefix_of_the_cached_images() -> None:
    operation = "describe_pull_through_cache_rules"
    absent = answering("ecr", [(operation, "PullThroughCacheRuleNotFoundException")])
    assert lines(image_cache.prefix_is_free(absent, names=Names("site"))) == [
        "✓ the prefix instandt-site is free"
    ]

    def rule(arn: str) -> Any:  # noqa: ANN401 - any client
        found = {"upstreamRegistryUrl": "registry.gitlab.com", "credentialArn": arn}
        return answering("ecr", [(operation, {"pullThroughCacheRules": [found]})])

    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache"
    own = rule(f"{secret}/dndt-gitlab-site-AbCdEf")
    assert lines(image_cache.prefix_is_free(own, names=Names("site"))) == [
        "✓ the prefix instandt-site belongs to this environment"
    ]
    (line,) = lines(image_cache.prefix_is_free(rule(f"{secret}/other-AbCdEf"), names=Names("site")))
    assert line.startswith(
        "✗ another rule uses the prefix instandt-site for registry.gitlab.com → "
    )
