"""What the function of the database's logins works on."""

from typing import Any

from instandt_cdk.names import Names
from tests.support.emulated import REGISTRY

INSTANCE = "instandt-logins"
CLUSTER = Names("prod").cluster
"""The one that production's function may work on."""


def template() -> dict[str, Any]:
    """A database of RDS's, and a cluster."""
    instance = {
        "DBInstanceIdentifier": INSTANCE,
        "Engine": "postgres",
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": "20",
        "DBName": "instandt",
        "MasterUsername": "instandt_master",
        "ManageMasterUserPassword": True,
    }
    return {
        "Resources": {
            "Database": {
                "Type": "AWS::RDS::DBInstance",
                "DeletionPolicy": "Delete",
                "Properties": instance,
            },
            "Cluster": {
                "Type": "AWS::ECS::Cluster",
                "Properties": {"ClusterName": CLUSTER},
            },
        },
    }


def service(secret: str, *, tag: str = "1.0.0") -> dict[str, Any]:
    """A template with a service whose task is given the secret's password."""
    container = {
        "Name": "web",
        "Image": f"{REGISTRY}/web:{tag}",
        "PortMappings": [{"ContainerPort": 8080}],
        "Secrets": [{"Name": "PASSWORD", "ValueFrom": f"{secret}:password::"}],
    }
    breaker = {"Enable": True, "Rollback": True}
    target = {"TargetGroupArn": {"Ref": "Targets"}, "ContainerName": "web", "ContainerPort": 8080}
    properties = {
        "Cluster": CLUSTER,
        "TaskDefinition": {"Ref": "Task"},
        "DesiredCount": 1,
        "DeploymentConfiguration": {
            "MinimumHealthyPercent": 100,
            "DeploymentCircuitBreaker": breaker,
        },
        "LoadBalancers": [target],
    }
    definition = {"NetworkMode": "awsvpc", "ContainerDefinitions": [container]}
    group = {"TargetType": "ip", "Port": 80, "Protocol": "HTTP"}
    return {
        "Resources": {
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": definition},
            "Targets": {
                "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
                "Properties": group,
            },
            "Service": {"Type": "AWS::ECS::Service", "Properties": properties},
        }
    }
