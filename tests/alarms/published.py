"""The metrics that AWS publishes about a deployment while all is well, minute by minute.

They are made from the resources, not from the alarms: an alarm on a metric that is not here would never go
off.
"""

from collections.abc import Callable, Iterator, Mapping

from tests.alarms.cloudwatch import Metric, Point, Series
from tests.permissions.account import Account, Thing

GIB = 1024**3
HALF_A_DAY = 12 * 60

Values = Mapping[str, Point | Series]
Published = Iterator[tuple[str, dict[str, str], Values]]
"""Namespace, dimensions, and the metrics' values."""


def every_half_day(value: float) -> Series:
    """A metric that is published twice a day."""
    return lambda minute: None if minute % HALF_A_DAY else value


def metrics(account: Account) -> dict[Metric, Series]:
    """All metrics of the resources for which there is a function here."""
    found: dict[Metric, Series] = {}
    for thing in account.things:
        for namespace, dimensions, values in PUBLISHERS.get(thing.type, _nothing)(account, thing):
            for name, value in values.items():
                metric = Metric(thing.stack.region, namespace, name, frozenset(dimensions.items()))
                found[metric] = _series(value)
    return found


def _series(value: Point | Series) -> Series:
    return value if callable(value) else lambda _minute: value


def _nothing(_account: Account, _thing: Thing) -> Published:
    yield from ()


def _distribution(_account: Account, thing: Thing) -> Published:
    """Source: "View CloudFront and edge function metrics", Amazon CloudFront Developer Guide."""
    yield (
        "AWS/CloudFront",
        {"DistributionId": thing.ref, "Region": "Global"},
        {"Requests": 200.0, "5xxErrorRate": 0.1},
    )


def _web_acl(_account: Account, thing: Thing) -> Published:
    """Source: "AWS WAF metrics and dimensions", AWS WAF Developer Guide."""
    yield (
        "AWS/WAFV2",
        {"WebACL": thing["VisibilityConfig"]["MetricName"], "Rule": "ALL"},
        {"AllowedRequests": 200.0, "BlockedRequests": 5.0},
    )


def _target_group(account: Account, thing: Thing) -> Published:
    """Source: "CloudWatch metrics for your Application Load Balancer", Elastic Load Balancing."""
    (balancer,) = account.all("AWS::ElasticLoadBalancingV2::LoadBalancer")
    yield (
        "AWS/ApplicationELB",
        {
            "LoadBalancer": f"{balancer.ref}.LoadBalancerFullName",
            "TargetGroup": f"{thing.ref}.TargetGroupFullName",
        },
        {
            "HealthyHostCount": 2.0,
            "UnHealthyHostCount": 0.0,
            "RequestCount": 100.0,
            "TargetResponseTime": 0.3,
        },
    )


def _service(_account: Account, thing: Thing) -> Published:
    """Source: "Amazon ECS Container Insights metrics", Amazon CloudWatch User Guide."""
    yield (
        "ECS/ContainerInsights",
        {"ClusterName": thing["Cluster"], "ServiceName": f"{thing.ref}.Name"},
        {"DesiredTaskCount": 2.0, "RunningTaskCount": 2.0},
    )


def _capacity(_account: Account, thing: Thing) -> Published:
    """Source: "Automatically manage Amazon ECS capacity", Amazon ECS Developer Guide."""
    for provider in thing["CapacityProviders"]:
        yield (
            "AWS/ECS/ManagedScaling",
            {"CapacityProviderName": provider, "ClusterName": thing["Cluster"]},
            {"CapacityProviderReservation": 100.0},
        )


def _database(_account: Account, thing: Thing) -> Published:
    """Source: "Amazon CloudWatch metrics for Amazon RDS", Amazon RDS User Guide."""
    yield (
        "AWS/RDS",
        {"DBInstanceIdentifier": thing.ref},
        {
            "CPUUtilization": 20.0,
            "DatabaseConnections": 40.0,
            "FreeStorageSpace": 30.0 * GIB,
            "FreeableMemory": 3.0 * GIB,
        },
    )


def _certificate(days: float) -> Callable[[Account, Thing], Published]:
    def publish(_account: Account, thing: Thing) -> Published:
        """Source: "Supported CloudWatch metrics", AWS Certificate Manager User Guide."""
        values = {"DaysToExpiry": every_half_day(days)}
        yield "AWS/CertificateManager", {"CertificateArn": thing.ref}, values

    return publish


def _function(_account: Account, thing: Thing) -> Published:
    """Source: "Types of metrics for Lambda functions", AWS Lambda Developer Guide."""
    yield "AWS/Lambda", {"FunctionName": thing.ref}, {"Errors": every_half_day(0)}
    if thing["Handler"] == "host_age.handler.handle":
        values = {"OldestHostDays": lambda minute: every_half_day(minute / 1440 % 14)(minute)}
        yield "instaNDT", {"Environment": thing.stack.name.split("-")[1]}, values


def _state_machine(_account: Account, thing: Thing) -> Published:
    """Source: "Monitoring Step Functions metrics", AWS Step Functions Developer Guide."""
    yield "AWS/States", {"StateMachineArn": thing.arn}, {"ExecutionsFailed": every_half_day(0)}


def _bucket(account: Account, thing: Thing) -> Published:
    """Source: "S3 Replication metrics in CloudWatch", Amazon S3 User Guide."""
    for rule in thing.properties.get("ReplicationConfiguration", {}).get("Rules", []):
        copy = account.at(rule["Destination"]["Bucket"])
        assert copy
        assert rule["Destination"]["Metrics"]["Status"] == "Enabled"
        dimensions = {
            "SourceBucket": thing.ref,
            "DestinationBucket": copy.ref,
            "RuleId": rule["Id"],
        }
        yield "AWS/S3", dimensions, {"OperationsFailedReplication": None}


def _rule(_account: Account, thing: Thing) -> Published:
    """Source: "Monitoring Amazon EventBridge", Amazon EventBridge User Guide."""
    yield "AWS/Events", {"RuleName": thing.ref}, {"TriggeredRules": None}


PUBLISHERS: Mapping[str, Callable[[Account, Thing], Published]] = {
    "AWS::CertificateManager::Certificate": _certificate(150),
    "AWS::CloudFront::Distribution": _distribution,
    "AWS::ECS::ClusterCapacityProviderAssociations": _capacity,
    "AWS::ECS::Service": _service,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _target_group,
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::Function": _function,
    "AWS::RDS::DBInstance": _database,
    "AWS::S3::Bucket": _bucket,
    "AWS::StepFunctions::StateMachine": _state_machine,
    "AWS::WAFv2::WebACL": _web_acl,
    "Custom::OriginCertificate": _certificate(60),
}
