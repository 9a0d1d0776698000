"""Logins are rotated, and rotations are killed, while users ask all the time: nobody notices.

The tests tell one story and run in order.
"""

import io
import json
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from instandt_cdk.commands.__main__ import main
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.deploy.__main__ import main as deploy
from local import site
from local.emulator.rotation import INTERRUPTIONS
from local.registry import TOKEN
from logins.login import Login
from logins.versions import CURRENT, DEPLOYED
from tests.local.load import constant_load
from tests.local.own_environment import OwnEnvironment
from tests.support.servers import wait_until

KILLS = {
    "createSecret": "PutSecretValue",
    "setSecret": "ListTasks",
    "testSecret": "GetSecretValue",
    "finishSecret": "UpdateService",
}
"""By step, the call to AWS after whose answer the function is killed."""

ROTATIONS = 3
REQUESTS = 5_000
PER_SECOND = 50


class Running:
    """The environment as it runs."""

    def __init__(self, own: OwnEnvironment) -> None:
        self.own, self.env = own, own.env
        self.deployed = Deployed(settings=own.env.settings)
        self.secrets: Any = boto3.client("secretsmanager")
        self.steps: Any = boto3.client("stepfunctions")

    def rotate(self, *options: str, confirmed: str = "") -> int:
        """Give the command, where nobody can be asked."""
        command = ["rotate", self.env.settings.environment, *options]
        with patch.dict(os.environ, CONFIRM=confirmed), patch("sys.stdin.isatty", lambda: False):
            return main(command, directory=self.own.settings_directory)

    def secret(self, stack: str, beginning: str) -> str:
        """The ARN of the stack's secret whose logical id begins so."""
        found = self.deployed.resources(stack, "AWS::SecretsManager::Secret").items()
        (arn,) = (arn for name, arn in found if name[:-8] == beginning)
        return arn

    @property
    def login_secret(self) -> str:
        return self.secret("Storage", "DatabaseLogin")

    def login(self) -> Login:
        """What tasks that start now log in with."""
        value = self.secrets.get_secret_value(SecretId=self.login_secret)
        return Login.from_secret(value["SecretString"])

    def is_deployed(self) -> bool:
        """Whether all services use it."""
        versions = self.secrets.describe_secret(SecretId=self.login_secret)["VersionIdsToStages"]
        return any({CURRENT, DEPLOYED} <= set(labels) for labels in versions.values())

    def begin_migration(self) -> str:
        """Run the migration again, and do not wait for it."""
        machines = self.deployed.resources("Services", "AWS::StepFunctions::StateMachine")
        (machine,) = (arn for name, arn in machines.items() if name.startswith("Migration"))
        return str(self.steps.start_execution(stateMachineArn=machine)["executionArn"])

    def status_of(self, migration: str) -> str:
        """How a migration went."""
        return str(self.steps.describe_execution(executionArn=migration)["status"])

    def kill(self, step: str, call: str) -> None:
        """Begin a rotation whose function is killed in a step."""
        wanted = self.env.run_directory / INTERRUPTIONS
        wanted.write_text(json.dumps({step: call}))
        self.secrets.rotate_secret(SecretId=self.login_secret)
        prepared = self.env.run_directory / "interruption"
        wait_until(
            lambda: json.loads(wanted.read_text()) == {} and not prepared.exists(),
            what=f"{step} is killed",
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    changes = ("- storage.archive_after_days", "- storage.replica_region")
    own = OwnEnvironment(tmp_path_factory.mktemp("rotation"), "rotation", *changes)
    with own.running():
        variables = {**own.variables, "GITLAB_TOKEN": TOKEN}
        with patch.dict(os.environ, variables), patch("sys.stdin", io.StringIO()):
            command = [own.env.settings.environment, *own.options]
            assert deploy(command, directory=own.settings_directory) == 0
        site.wait_for(own.env, version="1.0.0")
        yield Running(own)


def test_rotations_lose_no_request_nor_do_killed_ones(running: Running) -> None:
    with constant_load(running.env, per_second=PER_SECOND, at_least=REQUESTS):
        migration = running.begin_migration()
        for _ in range(ROTATIONS):
            former = running.login()
            assert running.rotate() == 0
            assert running.login().username == former.other
            assert running.is_deployed()
        for step, call in KILLS.items():
            former = running.login()
            running.kill(step, call)
            # The next rotation goes on with this one. Only in its last step, the new login was in use
            # already, and the next rotation goes back to the other.
            assert running.rotate() == 0
            assert (running.login().username == former.username) == (step == "finishSecret")
            assert running.login().password != former.password
            assert running.is_deployed()
    assert running.status_of(migration) == "SUCCEEDED"


def test_the_jwt_keys_are_replaced_when_it_is_confirmed(running: Running) -> None:
    keys = [running.secret("Secrets", name) for name in ("JwtKey", "JwtPatKey")]

    def values() -> list[str]:
        return [running.secrets.get_secret_value(SecretId=key)["SecretString"] for key in keys]

    before, tasks = values(), _tasks(running)
    with pytest.raises(SystemExit, match="Nothing was changed"):
        running.rotate("--what", "jwt")
    assert (values(), _tasks(running)) == (before, tasks)
    # Interrupted when the keys are new, it goes on, without asking again and without other keys.
    with patch("logins.services.Services.replace", side_effect=KeyboardInterrupt):
        assert running.rotate("--what", "jwt", confirmed="rotation") == 130
    after = values()
    assert not set(after) & set(before)
    assert running.rotate("--what", "jwt") == 0
    assert values() == after
    assert not _tasks(running) & tasks
    site.wait_for(running.env, version="1.0.0")


def _tasks(running: Running) -> set[str]:
    """The tasks that run."""
    ecs: Any = boto3.client("ecs")
    return set(ecs.list_tasks(cluster=running.env.settings.names.cluster)["taskArns"])
