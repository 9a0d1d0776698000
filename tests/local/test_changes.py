"""Settings of an environment that runs are changed: a refusal touches nothing, what is safe loses no request.

The tests tell one story and run in order.
"""

import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from unittest.mock import patch

import boto3
import pytest

from instandt_cdk.deploy.__main__ import main
from local import site
from local.registry import TOKEN
from local.stacks import outputs
from tests.local.effects import effects
from tests.local.load import constant_load
from tests.local.own_environment import OwnEnvironment
from tests.support import audit

BEGINNING = (
    "database.backup_days = 7",
    "operations.log_retention_days = 7",
    "- storage.archive_after_days",
    "- storage.replica_region",
)

REFUSED: tuple[Mapping[str, object], ...] = (
    {"network.cidr": "10.0.0.0/20", "database.name": "ndt", "database.engine_version": "16"},
    {
        "network.existing_vpc.id": "vpc-0123456789abcdef0",
        "network.existing_vpc.application_subnet_ids": ["subnet-0a0a0a0a", "subnet-0a0a0a0b"],
        "network.existing_vpc.data_subnet_ids": ["subnet-0d0d0d0a", "subnet-0d0d0d0b"],
    },
)
"""Changes that would fail halfway, each for a reason of its own, and a VPC of the operator's."""

FOR_EXISTING_VPC = ("- network.nat", 'network.existing_vpc.cidr = "192.168.0.0/18"')

SAFE: tuple[Mapping[str, object], ...] = (
    {
        "edge.requests_per_five_minutes": 5000,
        "operations.alarm_email": "alarms@instandt.localhost",
        "operations.log_retention_days": 14,
    },
    {
        "frontend.port": 3001,
        "backend.port": 8081,
        "backend.health_codes": "200-204",
        "application.upload_limit_mib": 300,
    },
)
"""Changes of other stacks than the services', and of the services."""


def _written(settings: Mapping[str, object]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in settings.items()]


class Running:
    """The environment as it runs, with what was changed in it so far."""

    def __init__(self, own: OwnEnvironment) -> None:
        self._own, self.env = own, own.env
        self._changes: tuple[str, ...] = BEGINNING

    def deploy(self, **variables: str) -> None:
        """Give the command with environment variables, where nobody can be asked.

        Raises:
            SystemExit: It refuses; the code is what it says.
        """
        command = [self.env.settings.environment, *self._own.options]
        given = {**self._own.variables, **variables}
        with patch.dict(os.environ, given), patch("sys.stdin", io.StringIO()):
            assert main(command, directory=self._own.settings_directory) == 0

    def change(self, *changes: str, confirmed: str = "") -> None:
        """Change the settings, and deploy them."""
        self._changes += changes
        self._own.change(*self._changes)
        self.deploy(CONFIRM=confirmed)

    def writes(self) -> dict[str, str]:
        """The last requests that were to change something in AWS, by id."""
        return {
            event: name
            for region in self.env.settings.regions
            for event, name in audit.writes(boto3.client("cloudtrail", region_name=region)).items()
        }

    def refusal(self, *changes: str, confirmed: str) -> list[str]:
        """Change the settings for now; return by lines how the command refuses, having changed nothing."""
        self._own.change(*self._changes, *changes)
        before = self.writes()
        with pytest.raises(SystemExit) as refused:
            self.deploy(CONFIRM=confirmed)
        after = self.writes()
        assert [after[event] for event in after.keys() - before.keys()] == []
        *said, end = str(refused.value.code).splitlines()
        assert end == "Nothing was changed."
        return said


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    own = OwnEnvironment(tmp_path_factory.mktemp("changes"), "changes", *BEGINNING)
    with own.running():
        running = Running(own)
        running.deploy(GITLAB_TOKEN=TOKEN)
        site.wait_for(own.env, version="1.0.0")
        audit.begin(own.env.endpoint_url)
        yield running


@pytest.mark.parametrize("settings", REFUSED, ids=", ".join)
def test_a_change_that_would_fail_halfway_is_refused(
    running: Running, settings: Mapping[str, object]
) -> None:
    besides = FOR_EXISTING_VPC if "network.existing_vpc.id" in settings else ()
    said = running.refusal(*_written(settings), *besides, confirmed="changes")
    named = {key for sentence in said[::2] for key in re.findall(r"([\w.]+) = ", sentence)}
    assert named == set(settings)
    assert all(way.startswith("    → ") for way in said[1::2])


def test_a_change_back_is_refused_while_the_name_of_a_secret_is_taken(running: Running) -> None:
    name, secrets = "instandt-gitlab-changes", boto3.client("secretsmanager")
    secrets.create_secret(Name=name, SecretString=TOKEN)
    (said,) = running.refusal('registry.source = "gitlab"', confirmed="")
    assert said.startswith(f"secrets: {name} is left over from an earlier deployment")
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_a_change_that_loses_data_asks_for_the_name_of_what_is_lost(running: Running) -> None:
    sentence, _, question = running.refusal('storage.mode = "local"', confirmed="")
    assert 'storage.mode = "local" (deployed: "s3") would start with an empty store' in sentence
    assert f'set CONFIRM="{outputs(running.env)["MediaBucketName"]}"' in question


def test_it_goes_through_when_the_name_is_given(running: Running) -> None:
    fewer = "database.backup_days = 1"
    sentence, _, question = running.refusal(fewer, confirmed="another")
    assert "database.backup_days = 1 (deployed: 7)" in sentence
    running.change(fewer, confirmed=question.split('"')[1])
    assert effects(running.env)["database.backup_days"]() == 1


@pytest.mark.parametrize("settings", SAFE, ids=", ".join)
def test_a_safe_change_goes_through_without_a_gap(
    running: Running, settings: Mapping[str, object]
) -> None:
    with constant_load(running.env, per_second=5, at_least=50):
        running.change(*_written(settings))
    shown = effects(running.env)
    assert {key: shown[key]() for key in settings} == settings
    # What tells that a refusal changes nothing does tell when something changes.
    assert "ExecuteChangeSet" in running.writes().values()
