"""Under fifty requests a second, no request is lost, whatever operators do: rotate, release, replace.

The tests tell one story and run in order.
"""

import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from local import site
from tests.local.operated import Operated, operated

ROTATIONS = 3
REQUESTS = 5_000
"""The least number that the rotations see answered, and again the releases."""
KILLS = {
    "createSecret": "PutSecretValue",
    "setSecret": "ListTasks",
    "testSecret": "GetSecretValue",
    "finishSecret": "UpdateService",
}
"""By step, the call to AWS after whose answer the function is killed."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    with operated(tmp_path_factory.mktemp("operated"), "operated") as running:
        yield running


def everywhere(version: str) -> dict[str, set[str]]:
    """What is said when all agree."""
    return {teller: {version} for teller in ("parameter", "output", "page", "tasks")}


def test_rotations_lose_no_request_nor_do_killed_ones(running: Operated) -> None:
    with running.load(at_least=REQUESTS):
        running.begin_migration()
        for _ in range(ROTATIONS):
            former = running.login()
            assert running.command("rotate") == 0
            assert running.login().username == former.other
            assert running.is_login_deployed()
        for step, call in KILLS.items():
            former = running.login()
            running.kill_rotation(step, call)
            # The next rotation goes on with this one. Only in its last step, the new login was in use
            # already, and the next rotation goes back to the other.
            assert running.command("rotate") == 0
            assert (running.login().username == former.username) == (step == "finishSecret")
            assert running.login().password != former.password
            assert running.is_login_deployed()
    assert running.migrations() == ["SUCCEEDED"] * 2


def test_the_jwt_keys_are_replaced_when_it_is_confirmed(running: Operated) -> None:
    keys = [running.secret("Secrets", name) for name in ("JwtKey", "JwtPatKey")]

    def values() -> list[str]:
        return [running.value(key) for key in keys]

    before, tasks = values(), running.tasks().keys()
    with pytest.raises(SystemExit, match="Nothing was changed"):
        running.command("rotate", "--what", "jwt")
    assert (values(), running.tasks().keys()) == (before, tasks)
    # Interrupted when the keys are new, it goes on, without asking again and without other keys.
    with patch("logins.services.Services.replace", side_effect=KeyboardInterrupt):
        assert running.command("rotate", "--what", "jwt", confirmed=running.name) == 130
    after = values()
    assert not set(after) & set(before)
    assert running.command("rotate", "--what", "jwt") == 0
    assert values() == after
    assert running.tasks().keys().isdisjoint(tasks)
    site.wait_for(running.env, version="1.0.0")


def test_an_upgrade(running: Operated) -> None:
    runs = running.migrations()
    with running.load() as load:
        assert running.release("2.0.0") == "UPDATE_COMPLETE"
    assert load.versions.keys() == {"1.0.0", "2.0.0"}
    assert running.said() == everywhere("2.0.0")
    assert running.migrations() == [*runs, "SUCCEEDED"]


def test_a_version_without_images(running: Operated) -> None:
    runs = running.migrations()
    assert running.release("3.0.0-missing") == "UPDATE_ROLLBACK_COMPLETE"
    missing = "404 Not Found for duerr-ndt/instandt/backend:3.0.0-missing"
    assert missing in running.reasons()
    assert running.said() == everywhere("2.0.0")
    assert running.migrations() == runs


def test_a_version_that_never_becomes_healthy(running: Operated) -> None:
    with running.load() as load:
        assert running.release("3.0.0-healthz") == "UPDATE_ROLLBACK_COMPLETE"
    assert "Circuit Breaker was triggered" in running.reasons()
    assert load.versions.keys() == {"2.0.0"}
    assert running.said() == everywhere("2.0.0")


def test_a_version_that_turns_sick_after_it_was_healthy(running: Operated) -> None:
    # It answers errors itself, or the page shows that the backend does. Nothing else may be lost.
    by_the_version = r"500: |/api/\w+(\?\w+=\d+)? with 500"
    with running.load(tolerated=by_the_version) as load:
        assert running.release("3.0.0-sick") == "UPDATE_ROLLBACK_COMPLETE"
    assert load.tolerated
    assert "alarm detected" in running.reasons()
    assert running.said() == everywhere("2.0.0")


def test_a_rollback(running: Operated, capfd: pytest.CaptureFixture[str]) -> None:
    runs = running.migrations()
    with running.load() as load:
        assert running.command("rollback") == 0
    assert "1.0.0 runs." in capfd.readouterr().out
    assert load.versions.keys() == {"1.0.0", "2.0.0"}
    assert running.said() == everywhere("1.0.0")
    assert running.migrations() == runs
    assert site.visit(running.env).versions["schema"] == "3.0.0-sick"


def test_the_replacement_of_every_host(running: Operated) -> None:
    hosts, tasks = running.hosts(), running.tasks()
    assert hosts
    with running.load():
        for host in hosts:
            running.client("autoscaling").terminate_instance_in_auto_scaling_group(
                InstanceId=host, ShouldDecrementDesiredCapacity=False
            )
            while host in running.hosts():
                time.sleep(0.5)
    assert len(running.hosts()) == len(hosts)
    assert len(running.tasks()) == len(tasks)
    assert running.tasks().keys().isdisjoint(tasks)
    assert running.said() == everywhere("1.0.0")


def test_enough_has_been_asked(running: Operated) -> None:
    with running.load(at_least=max(0, 2 * REQUESTS - running.answered)):
        pass
    assert running.answered >= 2 * REQUESTS
