"""What each type of resource costs: while it exists, or by its use."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from instandt_cdk.changes.stacks import Json, Resource, Stacks
from instandt_cdk.cost.free import CENTS, FREE
from instandt_cdk.cost.prices import larges
from instandt_cdk.settings.cluster import instances_needed
from instandt_cdk.settings.limits.instance_types import INSTANCE_TYPES
from instandt_cdk.settings.tasks import TaskSettings

HOURS = 730
"""The hours of a month, by AWS's own rule (AWS Pricing Calculator)."""

MONITORING_METRICS = 7
"""The metrics of an instance with detailed monitoring that are paid for ("Amazon CloudWatch Pricing")."""


@dataclass(frozen=True)
class Part:
    """Something that is paid for as long as it exists."""

    name: str
    service: str
    item: str
    count: float = 1
    units: float = 1
    """How many of the price's units each takes in a month."""


@dataclass(frozen=True)
class Use:
    """Something that is paid for by how much it is used."""

    name: str
    service: str
    item: str
    example: float
    """A quantity for a month, to show what it comes to. It is no forecast."""
    units: float = 1
    """How many of the price's units one takes."""


def _machine(properties: Json, count: int) -> Iterator[Part]:
    kind = properties["InstanceType"]
    family, _, size = kind.partition(".")
    yield Part(f"instance, {kind}", "instances", family, count, HOURS * larges(size))
    for mapping in properties["BlockDeviceMappings"]:
        volume = mapping["Ebs"]
        gib = count * volume["VolumeSize"]
        yield Part("GiB of instances' volumes", "volumes", volume["VolumeType"], gib)
    if properties.get("Monitoring") in (True, {"Enabled": True}):
        yield Part("instances' metric", "watching", "metric", count * MONITORING_METRICS)


def _instance(instance: Resource, _stacks: Stacks) -> Iterator[Part]:
    yield from _machine(instance.properties, 1)


def _group(group: Resource, stacks: Stacks) -> Iterator[Part | Use]:
    """As many instances as there must be, and by use those that there may be."""
    template = group.properties["LaunchTemplate"]["LaunchTemplateId"]["Ref"]
    properties = stacks.resources[template].properties["LaunchTemplateData"]
    kind = properties["InstanceType"]
    count, most = int(group.properties["MinSize"]), int(group.properties["MaxSize"])
    if any(tag["Key"] == "AmazonECSManaged" for tag in group.properties["Tags"]):
        count = max(count, instances_needed(_containers(stacks), INSTANCE_TYPES[kind]))
    yield from _machine(properties, count)
    if most > count:
        name = f"hour of one more instance, {kind}, of {most - count} at most"
        family, _, size = kind.partition(".")
        yield Use(name, "instances", family, 100, larges(size))


def _containers(stacks: Stacks) -> Iterator[TaskSettings]:
    """The containers that always run."""
    for target in stacks.resources.values():
        if target.type == "AWS::ApplicationAutoScaling::ScalableTarget":
            (service,) = stacks.used(target, "AWS::ECS::Service")
            (definition,) = stacks.used(service, "AWS::ECS::TaskDefinition")
            (container,) = definition.properties["ContainerDefinitions"]
            task = TaskSettings(cpu=container["Cpu"], memory_mib=container["Memory"])
            yield from [task] * target.properties["MinCapacity"]


def _database(database: Resource, _stacks: Stacks) -> Iterator[Part | Use]:
    kind = database.properties["DBInstanceClass"].removeprefix("db.")
    family, _, size = kind.partition(".")
    zones = 2 if database.properties["MultiAZ"] else 1
    gib = int(database.properties["AllocatedStorage"])
    storage = database.properties["StorageType"]
    yield Part(f"PostgreSQL in a zone, {kind}", "database", family, zones, HOURS * larges(size))
    yield Part("GiB of databases' storage", "database", storage, zones * gib)
    yield Use("GiB by which the database grows", "database", storage, 50, zones)
    yield Use("GiB of its backups that exceed its size", "database", "backup", 50)


def _endpoint(endpoint: Resource, _stacks: Stacks) -> Iterator[Part | Use]:
    if endpoint.properties["VpcEndpointType"] == "Interface":
        zones = len(endpoint.properties["SubnetIds"])
        yield Part("endpoint of a service in a zone", "network", "endpoint", zones, HOURS)
        yield Use("GB through the endpoints", "network", "endpoint-gb", 100)


def _alarm(alarm: Resource, _stacks: Stacks) -> Iterator[Part]:
    metrics = [each for each in alarm.properties.get("Metrics", ()) if "MetricStat" in each]
    yield Part("alarm's metric", "watching", "alarm", len(metrics) or 1)


def _firewall(firewall: Resource, _stacks: Stacks) -> Iterator[Part | Use]:
    yield Part("web access control list", "firewall", "list")
    yield Part(
        "rule or group of rules in it", "firewall", "rule", len(firewall.properties["Rules"])
    )
    yield Use("million requests that the firewall inspects", "firewall", "million-requests", 2)


def _bucket(bucket: Resource, _stacks: Stacks) -> Iterator[Use]:
    yield Use("GB in S3: media, their old versions, logs", "media", "gb", 500)
    if "ReplicationConfiguration" in bucket.properties:
        yield Use("GB of media sent to the other region", "media", "copied-gb", 50)
        yield Use("GB of media kept in the other region", "media", "gb", 500)


def _always(*parts: Part | Use) -> Callable[[Resource, Stacks], Iterator[Part | Use]]:
    return lambda _resource, _stacks: iter(parts)


LOGS = _always(
    Use("GB of logs that are written", "watching", "log-gb", 10),
    Use("GB of logs that are kept", "watching", "kept-log-gb", 50),
)

RULES: Mapping[str, Callable[[Resource, Stacks], Iterator[Part | Use]]] = {
    "AWS::AutoScaling::AutoScalingGroup": _group,
    "AWS::Backup::BackupVault": _always(
        Use("GiB of the database's snapshots in vaults", "database", "backup", 100)
    ),
    "AWS::CloudFront::Distribution": _always(
        Use("GB to browsers", "delivery", "gb", 200),
        Use("ten thousand requests of browsers", "delivery", "ten-thousand-requests", 200),
    ),
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _always(Part("dashboard", "watching", "dashboard")),
    "AWS::EC2::EIP": _always(Part("public IPv4 address", "network", "address", units=HOURS)),
    "AWS::EC2::FlowLog": LOGS,
    "AWS::EC2::Instance": _instance,
    "AWS::EC2::NatGateway": _always(
        Part("NAT gateway", "network", "nat", units=HOURS),
        Use("GB through the NAT gateways", "network", "nat-gb", 50),
    ),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECR::PullThroughCacheRule": _always(Use("GB of cached images", "images", "gb", 10)),
    "AWS::ECS::Cluster": _always(Use("metric of Container Insights", "watching", "metric", 50)),
    "AWS::EFS::FileSystem": _always(Use("GB in EFS: media", "files", "gb", 500)),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _always(
        Part("load balancer", "balancer", "hour", units=HOURS),
        Use("hour of a capacity unit of the load balancer", "balancer", "unit", HOURS),
        Use("GB between zones, in one direction", "network", "between-zones-gb", 100),
    ),
    "AWS::KMS::Key": _always(
        Part("key", "keys", "key"),
        Use("rotation of a key, in its first and second year", "keys", "key", 4),
    ),
    "AWS::Logs::LogGroup": LOGS,
    "AWS::RDS::DBInstance": _database,
    "AWS::Route53::HostedZone": _always(Part("hosted zone", "names", "zone")),
    "AWS::S3::Bucket": _bucket,
    "AWS::SecretsManager::Secret": _always(Part("secret", "secrets", "secret")),
    "AWS::WAFv2::WebACL": _firewall,
}
"""What costs something worth a line."""


def is_known(kind: str) -> bool:
    """Whether it is known what a type costs. A custom resource costs what its function does."""
    return kind in RULES or kind in CENTS or kind in FREE or kind.startswith("Custom::")
