"""The embedded AWS runs containers as ECS and Step Functions would, for whoever watches from outside."""

import json
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.emulator.containers import named
from tests.local.emulated import ACCOUNT, REGISTRY, Cloud, running_cloud
from tests.local.servers import wait_until

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
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
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


class Visitor:
    """Asks every healthy target again and again, as a load balancer that looks each time."""

    def __init__(self, cloud: Cloud, group: str) -> None:
        self._balancing = cloud.client("elbv2")
        self._group = group
        self._stopped = threading.Event()
        self.answers: list[str] = []
        self.failures: list[str] = []

    def healthy_ports(self) -> list[int]:
        described = self._balancing.describe_target_health(TargetGroupArn=self._group)
        return [
            description["Target"]["Port"]
            for description in described["TargetHealthDescriptions"]
            if description["TargetHealth"]["State"] == "healthy"
        ]

    def visit(self) -> None:
        ports = self.healthy_ports()
        if not ports:
            self.failures.append("no healthy target")
        for port in ports:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    self.answers.append(answer.read().decode())
            except (urllib.error.URLError, OSError) as error:
                self.failures.append(f"{port}: {error}")

    @contextmanager
    def visiting(self) -> Iterator[None]:
        def visit_until_stopped() -> None:
            while not self._stopped.is_set():
                self.visit()

        thread = threading.Thread(target=visit_until_stopped)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()


def test_a_service_rolls_without_a_gap_and_rolls_back_what_does_not_start(cloud: Cloud) -> None:
    created = cloud.apply("service", service("1.0.0"))
    assert created["StackStatus"] == "CREATE_COMPLETE", cloud.failures("service")
    visitor = Visitor(cloud, cloud.outputs("service")["Targets"])
    assert len(visitor.healthy_ports()) == 2
    with visitor.visiting():
        updated = cloud.apply("service", service("2.0.0"))
        assert updated["StackStatus"] == "UPDATE_COMPLETE", cloud.failures("service")
        wait_until(lambda: visitor.answers[-1].startswith("2.0.0"), what="the new version answers")
        refused = cloud.apply("service", service("broken"))
    assert refused["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Circuit Breaker was triggered" in reason for reason in cloud.failures("service"))
    assert not visitor.failures
    assert set(visitor.answers) == {"1.0.0 geheim", "2.0.0 geheim"}
    assert visitor.answers[-1] == "2.0.0 geheim"
    last_port = visitor.healthy_ports()[0]
    cloud.delete("service")
    wait_until(lambda: not accepts(last_port), what="the container is gone")


def test_nothing_outlives_an_emulator_that_is_killed(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as cloud:
        cloud.apply("service", service("1.0.0"))
        ports = Visitor(cloud, cloud.outputs("service")["Targets"]).healthy_ports()
        assert len(ports) == 2
        os.kill(cloud.process_id, signal.SIGKILL)
        wait_until(lambda: not any(map(accepts, ports)), what="the containers are gone")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
