"""A stack with a service behind a target group."""

from typing import Any

from tests.support.emulated import REGISTRY


def service(tag: str) -> dict[str, Any]:
    """A template with one service behind a target group."""
    container = {
        "Name": "web",
        "Image": f"{REGISTRY}/web:{tag}",
        "PortMappings": [{"ContainerPort": 8080}],
        "Secrets": [
            {
                "Name": "PASSWORD",
                "ValueFrom": {"Fn::Join": ["", [{"Ref": "Secret"}, ":password::"]]},
            }
        ],
    }
    breaker = {"Enable": True, "Rollback": True}
    target = {"TargetGroupArn": {"Ref": "Targets"}, "ContainerName": "web", "ContainerPort": 8080}
    return {
        "Resources": {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"SecretString": '{"password": "geheim"}'},
            },
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Task": {
                "Type": "AWS::ECS::TaskDefinition",
                "Properties": {"NetworkMode": "awsvpc", "ContainerDefinitions": [container]},
            },
            "Targets": {
                "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
                "Properties": {"TargetType": "ip", "Port": 80, "Protocol": "HTTP"},
            },
            "Service": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "Cluster": {"Ref": "Cluster"},
                    "TaskDefinition": {"Ref": "Task"},
                    "DesiredCount": 2,
                    "DeploymentConfiguration": {
                        "MinimumHealthyPercent": 100,
                        "DeploymentCircuitBreaker": breaker,
                    },
                    "LoadBalancers": [target],
                },
            },
        },
        "Outputs": {"Targets": {"Value": {"Ref": "Targets"}}},
    }
