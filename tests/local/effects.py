"""Where AWS shows what a setting has become: a look for each, by its key."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3

from instandt_cdk.settings.limits.regions import EDGE_REGION
from local import stacks
from local.environment import Environment


def effects(env: Environment) -> Mapping[str, Callable[[], object]]:
    """The looks."""
    return {
        "edge.requests_per_five_minutes": _rate_limit,
        "operations.alarm_email": _alarm_address,
        "operations.log_retention_days": _log_days,
        "frontend.port": lambda: _container(env, "frontend")["portMappings"][0]["containerPort"],
        "backend.port": lambda: _container(env, "backend")["portMappings"][0]["containerPort"],
        "application.upload_limit_mib": lambda: int(
            {pair["name"]: pair["value"] for pair in _container(env, "backend")["environment"]}[
                "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB"
            ]
        ),
        "backend.health_codes": lambda: _health_codes(env.settings.backend.health_path),
        "database.backup_days": lambda: _client("rds").describe_db_instances()["DBInstances"][0][
            "BackupRetentionPeriod"
        ],
    }


def _client(service: str, region: str | None = None) -> Any:  # noqa: ANN401 - each service has its own type
    make_client: Any = boto3.client
    return make_client(service, region_name=region)


def _rate_limit() -> object:
    firewall = _client("wafv2", EDGE_REGION)
    (known,) = firewall.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    acl = firewall.get_web_acl(Name=known["Name"], Id=known["Id"], Scope="CLOUDFRONT")["WebACL"]
    (limit,) = {
        rule["Statement"]["RateBasedStatement"]["Limit"]
        for rule in acl["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    }
    return limit


def _alarm_address() -> object:
    addresses = {
        known["Endpoint"]
        for known in _client("sns").list_subscriptions()["Subscriptions"]
        if known["Protocol"] == "email"
    }
    return addresses.pop() if addresses else None


def _log_days() -> object:
    (days,) = {
        group["retentionInDays"]
        for group in _client("logs").describe_log_groups()["logGroups"]
        if "retentionInDays" in group
    }
    return days


def _health_codes(path: str) -> object:
    (codes,) = {
        group["Matcher"]["HttpCode"]
        for group in _client("elbv2").describe_target_groups()["TargetGroups"]
        if group["HealthCheckPath"] == path
    }
    return codes


def _container(env: Environment, name: str) -> Any:  # noqa: ANN401 - JSON
    """How a container is defined in all tasks that run."""
    ecs, cluster = _client("ecs"), stacks.outputs(env)["ClusterName"]
    family = f"{env.settings.names.stack('Services')}-{name}"
    running = ecs.list_tasks(cluster=cluster, family=family, desiredStatus="RUNNING")["taskArns"]
    (definition,) = {
        task["taskDefinitionArn"]
        for task in ecs.describe_tasks(cluster=cluster, tasks=running)["tasks"]
    }
    described = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    (container,) = described["containerDefinitions"]
    return container
