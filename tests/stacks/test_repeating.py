"""What a failed or deleted deployment leaves is not in the way of the next one."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.choices import EVERYTHING, synthesis_of
from tests.support.synthesis import Resource, Synthesis

OTHER_NAMES = {"DBName", "DBParameterGroupName", "DBSubnetGroupName"}
"""Properties of what is retained that name other things."""
WITH_A_REMEDY = re.compile(
    r"ecr-pullthroughcache/dndt-gitlab-\w+|instandt-gitlab-\w+|instandt-letsencrypt-account-\w+"
)
"""Operators type these names of secrets, so they are fixed. The doctor says how to delete what is left."""

AFTER: dict[str, set[str]] = {
    "AWS::RDS::DBInstance": set(),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::Route53::RecordSet",
    },
}
"""What comes after something protected, in its stack: it is a part of it. What only watches it does not."""


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_rollback_of_a_first_deployment_retains_nothing(name: str) -> None:
    retained = {
        (stack, logical_id)
        for stack, logical_id, resource in synthesis_of(name).resources()
        if resource.get("DeletionPolicy") == "Retain"
    }
    assert retained == set()


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_outlives_its_stack_leaves_its_name_to_the_next(name: str) -> None:
    kept = [
        resource
        for _, _, resource in synthesis_of(name).resources()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    ]
    assert kept or name in ("dev", "local")
    for resource in kept:
        for key, value in resource.get("Properties", {}).items():
            if key.endswith(("Name", "Identifier")) and key not in OTHER_NAMES:
                assert "AWS::StackId" in json.dumps(value) or (
                    resource["Type"] == "AWS::SecretsManager::Secret"
                    and WITH_A_REMEDY.fullmatch(value)
                ), (key, value)


def test_the_database_and_its_logs_bear_the_same_name() -> None:
    resources = synthesis_of("prod").templates["Storage"]["Resources"].values()
    (instance,) = [r["Properties"] for r in resources if r["Type"] == "AWS::RDS::DBInstance"]
    prefix, own_part = instance["DBInstanceIdentifier"]["Fn::Join"][1]
    assert prefix == "instandt-prod-"
    logs = [r["Properties"] for r in resources if r["Type"] == "AWS::Logs::LogGroup"]
    assert [log["LogGroupName"]["Fn::Join"][1] for log in logs] == [
        ["/aws/rds/instance/instandt-prod-", own_part, f"/{log}"]
        for log in instance["EnableCloudwatchLogsExports"]
    ]


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_is_protected_comes_after_whatever_may_fail(name: str) -> None:
    found = set()
    for template in synthesis_of(name).templates.values():
        resources: dict[str, Resource] = template["Resources"]
        needed = _needed(resources)
        for logical_id in filter(lambda i: _is_protected(resources[i]), resources):
            found.add(resources[logical_id]["Type"])
            later = resources.keys() - needed[logical_id] - {logical_id}
            assert {resources[i]["Type"] for i in later} <= AFTER[resources[logical_id]["Type"]]
    assert found == (set() if name in ("dev", "local") else AFTER.keys())


def _is_protected(resource: Resource) -> bool:
    """Whether a rollback could not delete it."""
    properties = resource.get("Properties", {})
    attributes = properties.get("LoadBalancerAttributes", [])
    return properties.get("DeletionProtection") is True or any(
        attribute == {"Key": "deletion_protection.enabled", "Value": "true"}
        for attribute in attributes
    )


def test_a_destroy_waits_for_no_instance_but_for_ecs_s_own_hook(prod: Synthesis) -> None:
    resources = prod.templates["Cluster"]["Resources"]
    needed = _needed(resources)

    def all_of(kind: str) -> list[str]:
        return [logical_id for logical_id, r in resources.items() if r["Type"] == kind]

    (provider,) = all_of("AWS::ECS::CapacityProvider")
    (association,) = all_of("AWS::ECS::ClusterCapacityProviderAssociations")
    capacity = resources[provider]["Properties"]["AutoScalingGroupProvider"]
    # What needs another one is deleted before it: tasks, association, provider, instances, cluster.
    assert "Cluster" in prod.read("manifest.json")["artifacts"]["Services"]["dependencies"]
    assert len([*prod.resources("AWS::ECS::Service", "Custom::DatabaseMigration")]) == 3
    assert {provider, capacity["AutoScalingGroupArn"]["Ref"]} <= needed[association]
    # Protected instances, or hooks that wait longer than that hour, would make it hang.
    assert capacity["ManagedTerminationProtection"] == "DISABLED"
    assert not all_of("AWS::AutoScaling::LifecycleHook")
    for logical_id in all_of("AWS::AutoScaling::AutoScalingGroup"):
        assert not {"LifecycleHookSpecificationList", "NewInstancesProtectedFromScaleIn"} & set(
            resources[logical_id]["Properties"]
        )


def _needed(resources: dict[str, Resource]) -> dict[str, set[str]]:
    """What CloudFormation creates before each resource."""
    direct = {
        logical_id: {*resource.get("DependsOn", ()), *_references(resource.get("Properties"))}
        & resources.keys()
        for logical_id, resource in resources.items()
    }
    needed = {}
    for logical_id in resources:
        seen: set[str] = set()
        waiting = [logical_id]
        while waiting:
            further = direct[waiting.pop()] - seen
            seen |= further
            waiting += further
        needed[logical_id] = seen
    return needed


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The logical ids that a property refers to."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        if "Fn::Sub" in value:
            yield from re.findall(r"\$\{(\w+)", json.dumps(value["Fn::Sub"]))
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
