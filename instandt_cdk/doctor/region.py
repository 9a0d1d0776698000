"""What the regions offer: zones, instance types, the database's class, the CDK's bootstrap stack."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.doctor.requirements import BASTION_TYPE, BOOTSTRAP_VERSION, ENDPOINT_SERVICES
from instandt_cdk.settings import DatabaseSettings, Settings
from instandt_cdk.settings.limits.regions import VPC_ORIGIN_REGIONS, ZONES_WITHOUT_VPC_ORIGINS

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_ssm import SSMClient

BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
"""The SSM parameter in which `cdk bootstrap` stores its version ("AWS CDK bootstrapping", AWS CDK
Developer Guide)."""


def enabled(ec2_edge: "EC2Client", wanted: Sequence[str]) -> Iterator[Finding]:
    """All regions are enabled. The edge's region answers, because the main one might not be enabled."""
    # AllRegions also returns regions that are not enabled ("DescribeRegions", Amazon EC2 API Reference).
    answer = ec2_edge.describe_regions(
        AllRegions=True, Filters=[{"Name": "region-name", "Values": [*wanted]}]
    )
    status = {found["RegionName"]: found["OptInStatus"] for found in answer["Regions"]}
    for name in wanted:
        if name not in status:
            yield failed(f"{name} is no region of this account", "choose another in aws.region")
        elif status[name] == "not-opted-in":
            yield failed(
                f"{name} is not enabled",
                f"`aws account enable-region --region-name {name}`; this takes minutes to hours",
            )
        else:
            yield good(f"{name} is enabled")


def has_zones(ec2: "EC2Client", settings: Settings) -> Iterator[Finding]:
    """The availability zones exist in this account and are available."""
    zones = zone_names(settings)
    answer = ec2.describe_availability_zones()["AvailabilityZones"]
    available = sorted(zone["ZoneName"] for zone in answer if zone["State"] == "available")
    if missing := [zone for zone in zones if zone not in available]:
        yield failed(
            f"{', '.join(missing)} is not available to this account",
            f"choose from {', '.join(available)} in network.zones",
        )
    else:
        yield good(", ".join(zones))


def has_vpc_origins(ec2: "EC2Client", settings: Settings) -> Iterator[Finding]:
    """CloudFront reaches a load balancer in these zones; which they are is the account's own."""
    region = settings.aws.region
    if region not in VPC_ORIGIN_REGIONS:
        yield warning(
            f"{region} is not known to have CloudFront's VPC origins",
            'look it up in "Restrict access with VPC origins" of the Amazon CloudFront Developer Guide, or '
            "choose another aws.region",
        )
        return
    answer = ec2.describe_availability_zones()["AvailabilityZones"]
    ids = {zone["ZoneName"]: zone["ZoneId"] for zone in answer}
    without = [zone for zone in zone_names(settings) if ids.get(zone) in ZONES_WITHOUT_VPC_ORIGINS]
    for zone in without:
        others = [name for name in sorted(ids) if ids[name] not in ZONES_WITHOUT_VPC_ORIGINS]
        yield failed(
            f"{zone} is {ids[zone]} in this account, where CloudFront reaches no VPC origin",
            f"choose from {', '.join(others)} in network.zones",
        )
    if not without:
        yield good("CloudFront reaches them")


def offers_endpoints(ec2: "EC2Client", settings: Settings) -> Iterator[Finding]:
    """Every zone offers the endpoints of AWS's services, which EC2 refuses to make elsewhere."""
    closed = settings.network.is_closed
    services = (*ENDPOINT_SERVICES, "email") if closed else ENDPOINT_SERVICES
    names = {f"com.amazonaws.{settings.aws.region}.{service}": service for service in services}
    pages = ec2.get_paginator("describe_vpc_endpoint_services").paginate(
        Filters=[{"Name": "service-name", "Values": [*names]}]
    )
    offered: dict[str, set[str]] = {service: set() for service in services}
    for page in pages:
        for found in page["ServiceDetails"]:
            offered[names[found["ServiceName"]]] |= set(found["AvailabilityZones"])
    zones = zone_names(settings)
    everywhere = sorted(set.intersection(*offered.values()))
    if missing := [zone for zone in zones if zone not in everywhere]:
        lacking = [service for service in services if not offered[service].issuperset(zones)]
        yield failed(
            f"{', '.join(missing)} lacks endpoints of {', '.join(lacking)}",
            f"choose from {', '.join(everywhere) or 'those of another aws.region'} in network.zones"
            + ("" if closed else ", or network.interface_endpoints = false"),
        )
    else:
        yield good(f"those of {len(services)} services in every zone")


def offers_instances(ec2: "EC2Client", settings: Settings) -> Iterator[Finding]:
    """Every zone offers the instance types of the cluster and the bastion."""
    zones = zone_names(settings)
    types = (settings.cluster.instance_type, BASTION_TYPE)
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": list(types)}],
    )
    offered = {
        (offer["InstanceType"], offer["Location"])
        for page in pages
        for offer in page["InstanceTypeOfferings"]
    }
    for kind in dict.fromkeys(types):
        if missing := [zone for zone in zones if (kind, zone) not in offered]:
            others = sorted(zone for name, zone in offered if name == kind)
            key = (
                "network.zones"
                if kind == BASTION_TYPE
                else "cluster.instance_type or network.zones"
            )
            yield failed(
                f"{kind} is not offered in {', '.join(missing)}",
                f"choose others in {key}; it is offered in {', '.join(others) or 'none of the zones'}",
            )
        else:
            yield good(f"{kind} in every zone")


def offers_database(rds: "RDSClient", settings: Settings) -> Iterator[Finding]:
    """Enough zones offer the database's class with the version of PostgreSQL."""
    database = settings.database
    pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="postgres",
        DBInstanceClass=f"db.{database.instance_class}",
        Vpc=True,
    )
    offered = {
        zone["Name"]
        for page in pages
        for option in page["OrderableDBInstanceOptions"]
        if option["EngineVersion"].partition(".")[0] == database.engine_version
        for zone in option["AvailabilityZones"]
    }
    zones = [zone for zone in zone_names(settings) if zone in offered]
    what = f"PostgreSQL {database.engine_version} on db.{database.instance_class}"
    if len(zones) < _database_zones(database):
        yield failed(
            f"{what} is offered in {', '.join(zones) or 'none'} of the zones, but needs "
            f"{_database_zones(database)}",
            "choose another database.instance_class or engine_version, or network.zones among "
            f"{', '.join(sorted(offered)) or 'those of another aws.region'}",
        )
    else:
        yield good(f"{what} in {', '.join(zones)}")


def _database_zones(database: DatabaseSettings) -> int:
    return 2 if database.multi_az else 1


def bootstrapped(ssm: "SSMClient", *, account: str, region: str) -> Iterator[Finding]:
    """The region is bootstrapped, with a version that is new enough for the templates."""
    remedy = f"`npx cdk bootstrap aws://{account}/{region}`"
    try:
        answer = ssm.get_parameter(Name=BOOTSTRAP_PARAMETER)
    except ssm.exceptions.ParameterNotFound:
        yield failed(f"{region} is not bootstrapped", remedy)
        return
    version = answer["Parameter"]["Value"]
    if int(version) < BOOTSTRAP_VERSION:
        yield failed(
            f"{region} has version {version}, but the CDK needs at least {BOOTSTRAP_VERSION}",
            remedy,
        )
    else:
        yield good(f"{region} has version {version}")


def zone_names(settings: Settings) -> list[str]:
    """The names of the zones, such as "eu-central-1a"."""
    return [f"{settings.aws.region}{letter}" for letter in settings.network.zones]
