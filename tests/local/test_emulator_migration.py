"""The migration's state machine, as it is in the template, on the embedded AWS."""

import json
from typing import Any

from instandt_cdk.names import Names
from tests.support.emulated import ACCOUNT, REGISTRY, Cloud, allow
from tests.support.servers import wait_until
from tests.support.synthesis import Synthesis

CLUSTER = Names("prod").cluster


def _definition(prod: Synthesis) -> dict[str, Any]:
    """The definition without its last step, the report, for which there is no CloudFormation."""
    (machine,) = [
        resource["Properties"]["DefinitionString"]["Fn::Join"][1]
        for _, logical_id, resource in prod.resources("AWS::StepFunctions::StateMachine")
        if logical_id.startswith("Migration")
    ]
    values = {"AWS::Partition": "aws"}
    text = "".join(
        part if isinstance(part, str) else values.get(part.get("Ref", ""), "-") for part in machine
    )
    definition: dict[str, Any] = json.loads(text.replace("222222222222", ACCOUNT))
    definition["States"]["ReportOutcome"] = {"Type": "Succeed"}
    return definition


def _family(definition: dict[str, Any]) -> str:
    return str(definition["States"]["RunMigration"]["Parameters"]["TaskDefinition"])


def _register(cloud: Cloud, *, family: str, image: str) -> None:
    container = {"name": "migration", "image": f"{REGISTRY}/{image}", "essential": True}
    cloud.client("ecs").register_task_definition(
        family=family, networkMode="awsvpc", containerDefinitions=[container]
    )


def test_a_migration_does_not_start_beside_another(cloud: Cloud, prod: Synthesis) -> None:
    definition = _definition(prod)
    family = _family(definition)
    ecs, states = cloud.client("ecs"), cloud.client("stepfunctions")
    ecs.create_cluster(clusterName=CLUSTER)
    _register(cloud, family=family, image="web:1.0.0")
    machine = states.create_state_machine(
        name="migration",
        definition=json.dumps(definition),
        roleArn=cloud.role("migration", allow("ecs:RunTask", "ecs:DescribeTasks", "ecs:ListTasks")),
    )["stateMachineArn"]

    def ended() -> dict[str, Any]:
        arn = states.start_execution(stateMachineArn=machine)["executionArn"]
        wait_until(
            lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING",
            what="the execution ends",
        )
        return dict(json.loads(states.describe_execution(executionArn=arn)["output"]))

    other = ecs.run_task(cluster=CLUSTER, taskDefinition=family)["tasks"][0]["taskArn"]
    refused = ended()
    assert refused["error"] == {"Error": "MigrationAlreadyRuns", "Cause": other}
    assert "task" not in refused

    ecs.stop_task(cluster=CLUSTER, task=other)
    wait_until(
        lambda: not ecs.list_tasks(cluster=CLUSTER, family=family)["taskArns"],
        what="the other one has ended",
    )
    _register(cloud, family=family, image="job:1.0.0")
    migrated = ended()
    assert "error" not in migrated, migrated
    assert migrated["task"]["Containers"][0]["ExitCode"] == 0
