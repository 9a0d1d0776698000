"""The embedded AWS runs containers as ECS and Step Functions would, for whoever watches from outside."""

import json
import time
from typing import Any

import pytest

from local.emulator.containers import named
from tests.support.emulated import REGISTRY, Cloud, allow
from tests.support.servers import wait_until

DIGEST = f"sha256:{'0' * 64}"


def job(cloud: Cloud, *, exit_code: int, group: str) -> str:
    """Register a task that ends with that code, and return its definition's ARN."""
    cloud.client("logs").create_log_group(logGroupName=group)
    options = {
        "awslogs-group": group,
        "awslogs-region": "eu-central-1",
        "awslogs-stream-prefix": "migration",
    }
    definition = cloud.client("ecs").register_task_definition(
        family=f"job-{exit_code}",
        networkMode="awsvpc",
        containerDefinitions=[
            {
                "name": "job",
                "image": f"{REGISTRY}/job:1.0.0",
                "command": ["--to", "latest"],
                "environment": [{"name": "EXIT_CODE", "value": str(exit_code)}],
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    return str(definition)


@pytest.mark.parametrize(
    ("image", "name", "reference"),
    [
        (f"{REGISTRY}/backend:1.0.0", "backend", "1.0.0"),
        ("registry.example.com:5050/group/backend:1.0.0", "backend", "1.0.0"),
        ("registry.example.com:5050/group/backend", "backend", "latest"),
        (f"registry.example.com:5050/group/backend@{DIGEST}", "backend", DIGEST),
        (f"{REGISTRY}/backend:1.0.0@{DIGEST}", "backend", DIGEST),
        ("backend", "backend", "latest"),
    ],
)
def test_an_image_is_named_by_tag_or_digest_wherever_it_is(
    image: str, name: str, reference: str
) -> None:
    assert named(image) == (name, reference)


def test_a_containers_exit_code_and_every_line_reach_aws(cloud: Cloud) -> None:
    ecs, definition = cloud.client("ecs"), job(cloud, exit_code=7, group="/job/exit-code")
    ecs.create_cluster(clusterName="jobs")
    started = ecs.run_task(cluster="jobs", taskDefinition=definition)["tasks"][0]["taskArn"]

    def task() -> dict[str, Any]:
        described: dict[str, Any] = ecs.describe_tasks(cluster="jobs", tasks=[started])["tasks"][0]
        return described

    wait_until(lambda: task()["lastStatus"] == "STOPPED", what="the task stops")
    stopped = task()
    assert stopped["containers"][0]["exitCode"] == 7
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    stream = f"migration/job/{started.rpartition('/')[2]}"
    events = cloud.client("logs").get_log_events(
        logGroupName="/job/exit-code", logStreamName=stream
    )
    lines = [event["message"] for event in events["events"]]
    assert lines == ["job 1.0.0 --to latest", "last line"]


@pytest.mark.parametrize("exit_code", [0, 3])
def test_a_task_in_a_state_machine_succeeds_or_fails_as_aws_documents(
    cloud: Cloud, exit_code: int
) -> None:
    definition = job(cloud, exit_code=exit_code, group=f"/job/state-machine-{exit_code}")
    cloud.client("ecs").create_cluster(clusterName="machines")
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": "machines",
            "TaskDefinition": definition,
            "CapacityProviderStrategy": [{"CapacityProvider": "any", "Weight": 1}],
        },
        "End": True,
    }
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{exit_code}",
        definition=json.dumps({"StartAt": "Run", "States": {"Run": run}}),
        roleArn=cloud.role(f"machine-{exit_code}", allow("ecs:RunTask", "ecs:DescribeTasks")),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    wait_until(
        lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING",
        what="the execution ends",
    )
    ended = states.describe_execution(executionArn=execution)
    if exit_code == 0:
        task = json.loads(ended["output"])
    else:
        assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
        task = json.loads(ended["cause"])
    assert task["Containers"][0]["ExitCode"] == exit_code
    assert task["StoppedReason"] == "Essential container in task exited"
    assert abs(task["StoppedAt"] / 1000 - time.time()) < 60
