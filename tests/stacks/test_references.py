"""The stacks can be deployed, updated and deleted one after the other."""

import json
import re

import pytest

from instandt_cdk.changes.difference import SCHEMAS
from instandt_cdk.commands.destroy.stacks import UNREAD
from tests.support.choices import synthesis_of
from tests.support.synthesis import STACKS, STATEFUL_TYPES, Synthesis, synthesize

ALLOWED = {
    "Network": set[str](),
    "Egress": {"Network"},
    "Cluster": {"Network", "Egress"},
    "Secrets": set[str](),
    "Replica": set[str](),
    "Storage": {"Network", "Replica"},
    "Ingress": {"Network", "Secrets"},
    "Services": {"Network", "Cluster", "Secrets", "Storage", "Ingress"},
    "Edge": {"Ingress"},
}


MOST_LOOKUPS = 130
"""In a template of production. Each one that can be spared lowers this number."""


def _stack(name: str) -> str:
    return name.rpartition("-")[2].capitalize()


def test_references_run_one_way(synthesis: Synthesis) -> None:
    for stack, template in synthesis.templates.items():
        text = json.dumps(template)
        referenced = {_stack(name) for name in re.findall(r'"StackName": "([^"]+)"', text)}
        assert referenced <= ALLOWED[stack], stack
    order = list(ALLOWED)
    assert all(ALLOWED[stack] <= set(order[:index]) for index, stack in enumerate(order))


def test_the_slow_stacks_deploy_side_by_side(synthesis: Synthesis) -> None:
    artifacts = synthesis.read("manifest.json")["artifacts"]
    for stack in synthesis.templates:
        dependencies = set(artifacts[stack].get("dependencies", [])) & set(synthesis.templates)
        assert dependencies <= ALLOWED[stack], stack


def test_no_reference_locks_an_export(synthesis: Synthesis) -> None:
    for stack, template in synthesis.templates.items():
        assert "Fn::ImportValue" not in json.dumps(template), stack
        assert not [o for o in template.get("Outputs", {}).values() if "Export" in o], stack


def test_every_referenced_output_exists(synthesis: Synthesis) -> None:
    for stack, template in synthesis.templates.items():
        text = json.dumps(template)
        for reference in re.findall(r'"Fn::GetStackOutput": (\{[^{}]+\})', text):
            wanted = json.loads(reference)
            producer = synthesis.templates[_stack(wanted["StackName"])]
            assert wanted["OutputName"] in producer["Outputs"], stack


def test_lookups_become_no_more(prod: Synthesis) -> None:
    # CloudFormation looks each one up where it stands, and was once throttled at 75 (aws/aws-cdk#38010).
    lookups = {
        stack: json.dumps(template).count("Fn::GetStackOutput")
        for stack, template in prod.templates.items()
    }
    assert max(lookups.values()) <= MOST_LOOKUPS, lookups


def test_nothing_that_holds_data_hangs_on_another_stack(synthesis: Synthesis) -> None:
    # CloudFormation knows such a value only when it executes a change, and may plan a replacement before
    # (aws/aws-cdk#38829). A bucket's replication is changed in place.
    for stack, logical_id, resource in synthesis.resources(*STATEFUL_TYPES):
        properties = dict(resource.get("Properties", {}))
        properties.pop("ReplicationConfiguration", None)
        assert "Fn::GetStackOutput" not in json.dumps(properties), (stack, logical_id)


@pytest.mark.parametrize("choice", ["prod", "instances"])
def test_no_change_plans_to_replace_a_nat_or_its_address(choice: str) -> None:
    # For the same reason. Of what may be planned anew here, network.nat changes routes, and an added zone
    # endpoints. docs/decisions.md says what happens then.
    planned = {
        (resource["Type"].rpartition("::")[2], name)
        for stack, _, resource in synthesis_of(choice).resources()
        for name in SCHEMAS.get(resource["Type"], {}).get("always", ())
        if stack == "Egress"
        and "Fn::GetStackOutput" in json.dumps(resource["Properties"].get(name))
    }
    assert planned == {
        ("Route", "RouteTableId"),
        *((kind, "VpcId") for kind in ("RouteTable", "SecurityGroup", "Subnet", "VPCEndpoint")),
    }


def test_a_destroy_knows_who_needs_a_stack_without_reading_from_it(synthesis: Synthesis) -> None:
    artifacts = synthesis.read("manifest.json")["artifacts"]
    unread = {
        (stack, needed)
        for stack, template in synthesis.templates.items()
        for needed in set(artifacts[stack].get("dependencies", [])) & set(synthesis.templates)
        if f'-{needed.lower()}"' not in json.dumps(template)
    }
    assert unread == set(UNREAD.items())


def test_no_release_plans_to_replace_a_service(prod: Synthesis) -> None:
    # For the same reason: both are replaced when it changes.
    for kind, key in (
        ("AWS::ECS::Service", "Cluster"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", "ResourceId"),
    ):
        found = [resource["Properties"][key] for _, _, resource in prod.resources(kind)]
        assert len(found) == 2
        assert "Fn::GetStackOutput" not in json.dumps(found)


def test_an_upgrade_changes_only_the_services() -> None:
    old, new = (_templates(version) for version in ("1.0.0", "2.0.0"))
    assert [stack for stack in STACKS if old[stack] != new[stack]] == ["Services"]


def _templates(version: str) -> dict[str, str]:
    synthesis = synthesize("prod", app_version=version)
    return {stack: json.dumps(template) for stack, template in synthesis.templates.items()}


def test_a_migration_finds_its_task_and_its_way_to_the_database_ready(prod: Synthesis) -> None:
    resources = prod.templates["Services"]["Resources"]
    (migration,) = [r for r in resources.values() if r["Type"] == "Custom::DatabaseMigration"]
    needed = {
        logical_id
        for logical_id, resource in resources.items()
        if logical_id.startswith("MigrationTask")
    }
    kinds = {resources[logical_id]["Type"] for logical_id in needed}
    assert {
        "AWS::ECS::TaskDefinition",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::IAM::Policy",
    } <= kinds
    assert needed <= set(migration["DependsOn"])
    assert "Cluster" in prod.read("manifest.json")["artifacts"]["Services"]["dependencies"]
