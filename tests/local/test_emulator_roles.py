"""The embedded AWS asks IAM whether what runs on it may do what it does."""

import json
from typing import Any

import pytest

from local.emulator.roles import DECISIONS
from tests.support.emulated import ACCOUNT, REGION, REGISTRY, Cloud, allow
from tests.support.servers import wait_until

EXECUTION = {
    "ecr:GetAuthorizationToken": "CannotPullContainerError",
    "ecr:BatchGetImage": "CannotPullContainerError",
    "ecr:BatchImportUpstreamImage": "CannotPullContainerError",
    "secretsmanager:GetSecretValue": "unable to pull secrets",
    "logs:CreateLogStream": "failed to validate logger args",
    "logs:PutLogEvents": "failed to validate logger args",
}
"""What ECS does before a container starts, and how it says that it may not."""

MACHINE = ("ecs:RunTask", "iam:PassRole", "ecs:DescribeTasks")
"""What a state machine's role needs to run a task and wait for its end."""


def definition(cloud: Cloud, image: str, *, role: str, execution_role: str) -> str:
    """Register a task of one container that logs and gets a secret; return its ARN."""
    secrets, group = cloud.client("secretsmanager"), f"/{image}/{role.rpartition('/')[2]}"
    secret = secrets.create_secret(Name=group, SecretString="geheim")["ARN"]
    cloud.client("logs").create_log_group(logGroupName=group)
    options = {
        "awslogs-group": group,
        "awslogs-region": REGION,
        "awslogs-stream-prefix": "one",
    }
    registered = cloud.client("ecs").register_task_definition(
        family=group.replace("/", "-"),
        networkMode="awsvpc",
        taskRoleArn=role,
        executionRoleArn=execution_role,
        containerDefinitions=[
            {
                "name": "one",
                "image": f"{REGISTRY}/{image}:1.0.0",
                "secrets": [{"name": "PASSWORD", "valueFrom": secret}],
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )
    return str(registered["taskDefinition"]["taskDefinitionArn"])


def ended(cloud: Cloud, task_definition: str) -> dict[str, Any]:
    """Run a task to its end and return its description."""
    ecs = cloud.client("ecs")
    ecs.create_cluster(clusterName="roles")
    (started,) = ecs.run_task(cluster="roles", taskDefinition=task_definition)["tasks"]
    found: dict[str, Any] = {}

    def stopped() -> bool:
        found.update(ecs.describe_tasks(cluster="roles", tasks=[started["taskArn"]])["tasks"][0])
        return bool(found["lastStatus"] == "STOPPED")

    wait_until(stopped, what="the task stops")
    return found


def lines(cloud: Cloud, group: str) -> list[str]:
    """Everything in a log group."""
    events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in events]


@pytest.mark.parametrize(("name", "exit_code"), [("may-list", 0), ("may-not-list", 1)])
def test_a_container_calls_with_the_role_of_its_task(
    cloud: Cloud, name: str, exit_code: int
) -> None:
    role = cloud.role(name, allow("s3:ListAllMyBuckets" if exit_code == 0 else "s3:GetObject"))
    agent = cloud.role(f"agent-of-{name}", allow(*EXECUTION, "ecr:*"))

    task = ended(cloud, definition(cloud, "caller", role=role, execution_role=agent))

    assert task["containers"][0]["exitCode"] == exit_code
    said = lines(cloud, f"/caller/{name}")
    task_id = task["taskArn"].rpartition("/")[2]
    assert said[0] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{task_id}"
    assert any("AccessDenied" in line for line in said) is bool(exit_code)
    decisions = map(json.loads, (cloud.directory / DECISIONS).read_text().splitlines())
    assert {
        "role": name,
        "action": "s3:ListAllMyBuckets",
        "resource": "*",
        "allowed": exit_code == 0,
    } in decisions


@pytest.mark.parametrize("missing", EXECUTION)
def test_what_ecs_does_for_a_task_needs_the_execution_role(cloud: Cloud, missing: str) -> None:
    name = missing.replace(":", "-")
    others = {*EXECUTION, "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"}
    agent = cloud.role(f"lacks-{name}", allow(*({*others, "ecr:CreateRepository"} - {missing})))

    task = ended(cloud, definition(cloud, "job", role=cloud.role(name), execution_role=agent))

    assert task["stopCode"] == "TaskFailedToStart"
    assert EXECUTION[missing] in task["stoppedReason"]
    assert f"is not authorized to perform: {missing} on resource" in task["stoppedReason"]


@pytest.mark.parametrize("missing", MACHINE)
def test_a_state_machine_runs_tasks_with_its_own_role(cloud: Cloud, missing: str) -> None:
    name = missing.replace(":", "-")
    task_role, agent = cloud.role(f"task-{name}"), cloud.role(f"agent-{name}", allow("*"))
    task = definition(cloud, "job", role=task_role, execution_role=agent)
    cloud.client("ecs").create_cluster(clusterName="roles")
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {"Cluster": "roles", "TaskDefinition": task},
        "End": True,
    }
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "Run", "States": {"Run": run}}),
        roleArn=cloud.role(f"machine-{name}", allow(*(set(MACHINE) - {missing}))),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]

    def state() -> dict[str, Any]:
        described: dict[str, Any] = states.describe_execution(executionArn=execution)
        return described

    wait_until(lambda: state()["status"] != "RUNNING", what="the execution ends")
    assert state()["error"] == "ECS.AccessDeniedException"
    assert f"is not authorized to perform: {missing}" in state()["cause"]
