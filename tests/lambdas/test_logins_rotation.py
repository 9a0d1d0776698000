"""Rotation of the database's login: four steps, each of which may be killed, and nobody is locked out."""

import pytest

from logins.errors import LoginsError
from logins.services import NotYetError
from logins.versions import CURRENT, PENDING
from tests.lambdas.logins import STEPS, KilledError, Logins
from tests.lambdas.logins_templates import CLUSTER, service


def test_the_logins_alternate_and_the_former_one_works_until_the_next_rotation(
    logins: Logins,
) -> None:
    logins.look_after()
    first = logins.current()
    logins.rotate(logins.begin())
    second = logins.current()
    assert (second.username, second.host) == (first.other, first.host)
    assert logins.works(first)
    assert logins.works(second)
    logins.rotate(logins.begin())
    third = logins.current()
    assert third.username == first.username
    assert third.password != first.password
    assert not logins.works(first)
    assert logins.works(second)
    assert logins.works(third)


def test_a_step_may_be_repeated(logins: Logins) -> None:
    logins.look_after()
    token = logins.begin()
    for step in STEPS:
        logins.step(step, token)
        written = logins.versions.read(token)
        logins.step(step, token)
        assert logins.versions.read(token) == written
    assert logins.current() == written
    # Late deliveries change nothing any more.
    for step in STEPS:
        logins.step(step, token)
    logins.rotate(logins.begin())
    with pytest.raises(LoginsError, match="no version that is being rotated"):
        logins.step("finishSecret", token)


def test_a_rotation_that_is_killed_anywhere_locks_nobody_out_and_is_completed(
    logins: Logins,
) -> None:
    logins.look_after()
    for change in range(1, 5):
        used = logins.current()
        token = logins.begin()
        with logins.killed_after(change), pytest.raises(KilledError):
            logins.rotate(token)
        assert logins.works(used), f"killed after change {change}"
        assert logins.works(logins.current()), f"killed after change {change}"
        # Secrets Manager repeats it, from the first step on.
        logins.rotate(token)
        assert logins.current() == logins.versions.read(token)
        assert logins.works(used)
        assert logins.works(logins.current())
        assert logins.is_deployed()
    token = logins.begin()
    with logins.killed_after(5):  # There is no fifth change.
        logins.rotate(token)


def test_the_test_before_the_first_rotation_needs_no_new_login(logins: Logins) -> None:
    logins.look_after()
    logins.step("testSecret", logins.begin())


def test_a_login_in_use_is_never_changed(logins: Logins) -> None:
    logins.look_after()
    used = logins.current()
    token = logins.begin()
    logins.versions.put(used, label=PENDING, token=token)
    with pytest.raises(LoginsError, match="is in use"):
        logins.rotate(token)
    assert logins.works(used)


def test_services_are_replaced_before_the_login_that_they_use_is_changed(logins: Logins) -> None:
    logins.look_after()
    stack = logins.cloud.apply("used", service(logins.secret))
    assert stack["StackStatus"] == "CREATE_COMPLETE", logins.cloud.failures("used")
    try:
        used, former_tasks = logins.current(), _tasks(logins)
        token = logins.begin()
        for step in STEPS[:3]:
            logins.step(step, token)
        # Killed when the label has moved, before any service was replaced.
        with logins.killed_after(1), pytest.raises(KilledError):
            logins.step("finishSecret", token)
        assert logins.versions.labelled()[CURRENT] == token
        assert not logins.is_deployed()
        assert _tasks(logins) == former_tasks
        # The next rotation wants to change what these tasks log in with. It has no time for them …
        again = logins.begin()
        logins.step("createSecret", again)
        with pytest.raises(NotYetError):
            logins.step("setSecret", again, seconds=20)
        assert logins.works(used)
        # … or it replaces them first.
        logins.step("setSecret", again)
        assert not _tasks(logins) & former_tasks
        assert not logins.works(used)
        logins.step("testSecret", again)
        logins.step("finishSecret", again)
        assert logins.is_deployed()
    finally:
        logins.cloud.delete("used")


def test_no_login_is_changed_while_a_former_task_may_use_it(logins: Logins) -> None:
    logins.look_after()
    alone = {"Resources": {"Task": service(logins.secret)["Resources"]["Task"]}}
    logins.cloud.apply("alone", alone)
    ecs, cloudformation = logins.cloud.client("ecs"), logins.cloud.client("cloudformation")
    detail = cloudformation.describe_stack_resource(StackName="alone", LogicalResourceId="Task")
    definition = detail["StackResourceDetail"]["PhysicalResourceId"]
    (task,) = ecs.run_task(cluster=CLUSTER, taskDefinition=definition)["tasks"]
    try:
        token = logins.begin()
        logins.step("createSecret", token)
        (pending,) = filter(None, [logins.versions.read(token)])
        with pytest.raises(NotYetError, match="former tasks"):
            logins.step("setSecret", token, seconds=20)
        assert not logins.works(pending)
        ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
        logins.step("setSecret", token)
        assert logins.works(pending)
    finally:
        ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
        logins.cloud.delete("alone")


def _tasks(logins: Logins) -> set[str]:
    """The tasks that have not ended."""
    ecs = logins.cloud.client("ecs")
    arns = {
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in ecs.list_tasks(cluster=CLUSTER, desiredStatus=status)["taskArns"]
    }
    described = ecs.describe_tasks(cluster=CLUSTER, tasks=sorted(arns))["tasks"] if arns else []
    return {task["taskArn"] for task in described if task["lastStatus"] != "STOPPED"}
