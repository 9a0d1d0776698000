"""Releases under load: whatever is deployed, taken back or replaced, no request is lost, and all agree.

The tests tell one story and run in order. The stack of the services is updated as the CDK CLI would, but
without it, which would take most of the time.
"""

import io
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from instandt_cdk.commands.__main__ import main as command
from instandt_cdk.deploy.__main__ import main as deploy
from local import site, stacks
from local.registry import TOKEN
from tests.local.load import Load, constant_load
from tests.local.own_environment import OwnEnvironment
from tests.support.emulated import ACCOUNT, REGION

PER_SECOND = 50
REQUESTS = 5000
"""The least number that the whole story sees answered."""


class Releases:
    """The environment, and what users saw of it."""

    def __init__(self, own: OwnEnvironment) -> None:
        self.own, self.env = own, own.env
        self.answered = 0

    def client(self, service: str) -> Any:  # noqa: ANN401 - each service has a type of its own
        """A client of the emulated AWS, in the main region."""
        make_client: Any = boto3.client
        return make_client(service)

    @property
    def stack(self) -> str:
        """The stack that a release touches."""
        return self.env.settings.names.stack("Services")

    def load(self, **options: Any) -> Any:  # noqa: ANN401 - of constant_load
        """Users who ask all the time."""
        return constant_load(self.env, per_second=PER_SECOND, **{"at_least": 100, **options})

    def release(self, version: str) -> str:
        """Update the stack to a version; return the state in which it ends."""
        template = (self.env.assembly / "Services.template.json").read_text()
        bucket, key = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", f"{version}.json"
        # It is too large to be sent with the request.
        self.client("s3").put_object(
            Bucket=bucket, Key=key, Body=template.replace("1.0.0", version).encode()
        )
        self.client("cloudformation").update_stack(
            StackName=self.stack,
            TemplateURL=f"{self.env.endpoint_url}/{bucket}/{key}",
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        while (status := self._status()).endswith("_IN_PROGRESS"):
            time.sleep(0.5)
        return status

    def _status(self) -> str:
        described = self.client("cloudformation").describe_stacks(StackName=self.stack)
        return str(described["Stacks"][0]["StackStatus"])

    def reasons(self) -> str:
        """Why resources of the stack failed."""
        events = self.client("cloudformation").describe_stack_events(StackName=self.stack)
        return "\n".join(
            event.get("ResourceStatusReason", "")
            for event in events["StackEvents"]
            if event["ResourceStatus"].endswith("_FAILED")
        )

    def said(self) -> dict[str, set[str]]:
        """The version that runs, as everything says that tells a version."""
        parameter = self.client("ssm").get_parameter(Name=self.env.settings.names.version_parameter)
        page = site.visit(self.env).versions
        return {
            "parameter": {parameter["Parameter"]["Value"]},
            "output": {stacks.outputs(self.env)["AppVersion"]},
            "page": {page["frontend"], page["backend"]},
            "tasks": set(self.tasks().values()),
        }

    def tasks(self) -> dict[str, str]:
        """The tasks that run, and the tag of each one's image."""
        ecs = self.client("ecs")
        cluster = stacks.outputs(self.env)["ClusterName"]
        arns = ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]
        return {
            task["taskArn"]: container["image"].rpartition(":")[2]
            for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
            for container in task["containers"]
        }

    def hosts(self) -> set[str]:
        """The instances of the cluster."""
        groups = self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return {
            instance["InstanceId"]
            for group in groups
            if "Cluster" in group["AutoScalingGroupName"]
            for instance in group["Instances"]
        }

    def migrations(self) -> int:
        """How often the migration has run."""
        machine = stacks.migration_state_machine(stacks.outputs(self.env))
        return len(
            self.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        )


def everywhere(version: str) -> dict[str, set[str]]:
    """What is said when all agree."""
    return {teller: {version} for teller in ("parameter", "output", "page", "tasks")}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    own = OwnEnvironment(tmp_path_factory.mktemp("releases"), "releases")
    with own.running(), patch.dict("os.environ", {**own.variables, "GITLAB_TOKEN": TOKEN}):
        with patch("sys.stdin", io.StringIO()):
            assert deploy(["releases", *own.options], directory=own.settings_directory) == 0
        site.wait_for(own.env, version="1.0.0")
        yield Releases(own)


def test_an_upgrade(releases: Releases) -> None:
    runs = releases.migrations()
    with releases.load() as load:
        assert releases.release("2.0.0") == "UPDATE_COMPLETE"
    assert load.versions.keys() == {"1.0.0", "2.0.0"}
    assert releases.said() == everywhere("2.0.0")
    assert releases.migrations() == runs + 1
    _count(releases, load)


def test_a_version_without_images(releases: Releases) -> None:
    runs = releases.migrations()
    assert releases.release("3.0.0-missing") == "UPDATE_ROLLBACK_COMPLETE"
    missing = "404 Not Found for duerr-ndt/instandt/backend:3.0.0-missing"
    assert missing in releases.reasons()
    assert releases.said() == everywhere("2.0.0")
    assert releases.migrations() == runs


def test_a_version_that_never_becomes_healthy(releases: Releases) -> None:
    with releases.load() as load:
        assert releases.release("3.0.0-healthz") == "UPDATE_ROLLBACK_COMPLETE"
    assert "Circuit Breaker was triggered" in releases.reasons()
    assert load.versions.keys() == {"2.0.0"}
    assert releases.said() == everywhere("2.0.0")
    _count(releases, load)


def test_a_version_that_turns_sick_after_it_was_healthy(releases: Releases) -> None:
    # It answers errors itself, or the page shows that the backend does. Nothing else may be lost.
    by_the_version = r"500: |/api/\w+ with 500"
    with releases.load(tolerated=by_the_version) as load:
        assert releases.release("3.0.0-sick") == "UPDATE_ROLLBACK_COMPLETE"
    assert load.tolerated
    assert "alarm detected" in releases.reasons()
    assert releases.said() == everywhere("2.0.0")
    _count(releases, load)


def test_a_rollback(releases: Releases, capfd: pytest.CaptureFixture[str]) -> None:
    runs = releases.migrations()
    with releases.load() as load:
        assert command(["rollback", "releases"], directory=releases.own.settings_directory) == 0
    assert "1.0.0 runs." in capfd.readouterr().out
    assert load.versions.keys() == {"1.0.0", "2.0.0"}
    assert releases.said() == everywhere("1.0.0")
    assert releases.migrations() == runs
    assert site.visit(releases.env).versions["schema"] == "3.0.0-sick"
    _count(releases, load)


def test_the_replacement_of_every_host(releases: Releases) -> None:
    hosts, tasks = releases.hosts(), releases.tasks()
    assert hosts
    with releases.load() as load:
        for host in hosts:
            releases.client("autoscaling").terminate_instance_in_auto_scaling_group(
                InstanceId=host, ShouldDecrementDesiredCapacity=False
            )
            while host in releases.hosts():
                time.sleep(0.5)
    assert len(releases.hosts()) == len(hosts)
    assert len(releases.tasks()) == len(tasks)
    assert releases.tasks().keys().isdisjoint(tasks)
    assert releases.said() == everywhere("1.0.0")
    _count(releases, load)


def test_enough_has_been_asked(releases: Releases) -> None:
    with releases.load(at_least=max(0, REQUESTS - releases.answered)) as load:
        pass
    _count(releases, load)
    assert releases.answered >= REQUESTS


def _count(releases: Releases, load: Load) -> None:
    releases.answered += load.answers.total()
