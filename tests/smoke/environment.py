"""A smaller environment, as far as the smoke test looks at it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.smoke.site import DOMAIN, VERSION
from tests.support.answers import Ask, change
from tests.support.emulated import REGISTRY, Cloud

NAME = "smoked"
ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmDescription": "Mend it.",
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 80,
        "EvaluationPeriods": 1,
        "Period": 60,
        "Statistic": "Average",
    },
}


def services(environment: str = NAME) -> dict[str, Any]:
    """The stack Services of a smaller environment."""
    container = {
        "Name": "web",
        "Image": f"{REGISTRY}/web:{VERSION}",
        "PortMappings": [{"ContainerPort": 8080}],
        "Environment": [{"Name": "PUBLIC_VERSION_STRING", "Value": VERSION}],
    }
    return {
        "Resources": {
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Task": {
                "Type": "AWS::ECS::TaskDefinition",
                "Properties": {"NetworkMode": "awsvpc", "ContainerDefinitions": [container]},
            },
            "Service": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "Cluster": {"Ref": "Cluster"},
                    "TaskDefinition": {"Ref": "Task"},
                    "DesiredCount": 1,
                },
            },
            "Version": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Name": f"/instandt/{environment}/app-version",
                    "Type": "String",
                    "Value": VERSION,
                },
            },
        },
        "Outputs": {"ClusterName": {"Value": {"Ref": "Cluster"}}},
    }


def run_also(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tag: str) -> None:
    """Have ECS say that the service also runs a task of another version, as during a deployment."""
    container = {
        "name": "web",
        "image": f"{REGISTRY}/web:{tag}",
        "memory": 64,
        "environment": [{"name": "PUBLIC_VERSION_STRING", "value": tag}],
    }
    registered = cloud.client("ecs").register_task_definition(
        family=f"also-{tag.replace('.', '-')}", containerDefinitions=[container]
    )
    definition = registered["taskDefinition"]["taskDefinitionArn"]

    def changed(operation: str, _given: object, ask: Ask) -> Any:  # noqa: ANN401 - of any operation
        answer = ask()
        if operation == "DescribeServices":
            (service,) = answer["services"]
            service["deployments"].append({"taskDefinition": definition, "runningCount": 1})
        return answer

    change(monkeypatch, changed)


@dataclass(frozen=True)
class Environment:
    """What the stacks hold, for tests to break."""

    certificate: str
    database: str
    alarm: str


def ingress(certificate: str) -> dict[str, Any]:
    """The stack Ingress, with a certificate by its ARN."""
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = {
        "LoadBalancerArn": {"Ref": "Balancer"},
        "Port": 443,
        "Protocol": "HTTPS",
        "Certificates": [{"CertificateArn": certificate}],
        "DefaultActions": [answer],
    }
    return {
        "Resources": {
            "Balancer": {
                "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "Properties": {"Scheme": "internal"},
            },
            "Listener": {
                "Type": "AWS::ElasticLoadBalancingV2::Listener",
                "Properties": listener,
            },
        }
    }


RECORDS = {f"{DOMAIN} A": ["192.0.2.1"], f"{DOMAIN} AAAA": ["2001:db8::1"]}
Smoke = Callable[..., tuple[int, dict[str, str]]]
"""Runs the command; returns its exit code, and each line that does not begin with ✓ by its name."""
