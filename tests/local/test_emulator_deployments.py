"""ECS goes back when an alarm of a deployment goes on, here with the alarms of this project."""

import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.local.front_door import Deployment, FrontDoor, forward
from tests.local.service_stack import service
from tests.support.emulated import Cloud
from tests.support.servers import wait_until
from tests.support.synthesis import synthesize

STACK = "watched"


def with_alarms(tag: str) -> dict[str, Any]:
    """The service with the alarms that the backend has."""
    ours = synthesize("local").templates["Services"]["Resources"]
    (backend,) = (one for name, one in ours.items() if name.startswith("BackendService1"))
    configured = dict(backend["Properties"]["DeploymentConfiguration"])
    (targets,) = (
        name
        for name, one in ours.items()
        if one["Type"] == "AWS::ElasticLoadBalancingV2::TargetGroup" and "Backend" in name
    )
    names = [one["Ref"] for one in configured["Alarms"]["AlarmNames"]]
    assert len(names) == 2
    template = service(tag)
    for name in names:
        text = json.dumps(ours[name]).replace(targets, "Targets")
        alarm = json.loads(
            text, object_hook=lambda one: "x" if "Fn::GetStackOutput" in one else one
        )
        template["Resources"][name] = alarm
    template["Resources"]["Service"]["Properties"]["DeploymentConfiguration"] = configured
    return template


class Users:
    """Users who ask all the time, and what they were answered."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door
        self.answers: list[str] = []

    def ask(self) -> str:
        response, body = self._door.request("GET", "/page")
        return f"{response.status} {body.decode().partition(' ')[0]}"

    @contextmanager
    def asking(self) -> Iterator[None]:
        done = threading.Event()

        def ask_until_done() -> None:
            while not done.wait(0.1):
                try:
                    self.answers.append(self.ask())
                except OSError:
                    self.answers.append("none")

        threads = [threading.Thread(target=ask_until_done, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()


@pytest.fixture
def users(cloud: Cloud) -> Iterator[Users]:
    """The service runs in its first version, behind the front door."""
    deployment = Deployment(cloud)
    trust = ssl.create_default_context(cadata=deployment.authority.cert_pem.bytes().decode())
    front_door = FrontDoor(port=cloud.options.front_door_port, trust=trust)
    created = cloud.apply(STACK, with_alarms("1.0.0"))
    assert created["StackStatus"] == "CREATE_COMPLETE", cloud.failures(STACK)
    deployment.listen(default=forward(cloud.outputs(STACK)["Targets"]))
    users = Users(front_door)
    wait_until(lambda: front_door.status("/page") == 200, what="the first version answers")
    yield users
    deployment.delete()
    cloud.delete(STACK)


def runs(cloud: Cloud) -> str:
    """The tag of the image in the task definition of the service."""
    ecs, cloudformation = cloud.client("ecs"), cloud.client("cloudformation")
    resource = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="Service")
    arn = resource["StackResourceDetail"]["PhysicalResourceId"]
    cluster = arn.split("/")[1]
    (found,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    definition = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])
    return str(definition["taskDefinition"]["containerDefinitions"][0]["image"]).rpartition(":")[2]


@pytest.mark.parametrize("manner", ["sick", "hanging", "crashing"])
def test_a_version_that_was_healthy_is_taken_back(cloud: Cloud, users: Users, manner: str) -> None:
    with users.asking():
        updated = cloud.apply(STACK, with_alarms(manner))
    assert updated["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = cloud.failures(STACK)
    # A copy that crashes again and again is a failure for the circuit breaker, too.
    expected = "alarm detected" if manner != "crashing" else "alarm detected|Circuit Breaker"
    assert any(re.search(expected, reason) for reason in reasons), reasons
    assert runs(cloud) == "1.0.0"
    wait_until(lambda: users.ask() == "200 1.0.0", what="the former version answers")


def test_a_version_that_stays_healthy_is_kept(cloud: Cloud, users: Users) -> None:
    began = time.monotonic()
    with users.asking():
        updated = cloud.apply(STACK, with_alarms("2.0.0"))
    assert updated["StackStatus"] == "UPDATE_COMPLETE", cloud.failures(STACK)
    assert set(users.answers) == {"200 1.0.0", "200 2.0.0"}
    assert time.monotonic() - began > 5, (
        "the deployment went on for as long as the alarms look back"
    )


def test_a_version_that_mends_an_alarm_is_kept(cloud: Cloud, users: Users) -> None:
    template = with_alarms("sick")
    template["Resources"]["Service"]["Properties"]["DeploymentConfiguration"].pop("Alarms")
    assert cloud.apply(STACK, template)["StackStatus"] == "UPDATE_COMPLETE"
    with users.asking():
        wait_until(lambda: users.answers.count("500 sick") > 40, what="the alarm is on")
        updated = cloud.apply(STACK, with_alarms("2.0.0"))
    assert updated["StackStatus"] == "UPDATE_COMPLETE", cloud.failures(STACK)
    assert runs(cloud) == "2.0.0"
