"""Database and media come back together, whatever interrupts it, and the stacks know nothing of it.

The tests tell one story and run in order.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest

from instandt_cdk.commands.__main__ import INTERRUPTED
from instandt_cdk.commands.__main__ import main as command
from instandt_cdk.commands.restore import instances, services, takeover
from instandt_cdk.commands.restore.media import Media
from instandt_cdk.deploy.__main__ import main as deploy
from local import site
from local.registry import TOKEN
from tests.local.deployment import Deployment
from tests.local.own_environment import OwnEnvironment

STEPS: tuple[tuple[Any, str], ...] = (
    (takeover, "begin"),
    (takeover, "prepare"),
    (instances.Instances, "modify"),
    (services, "stop_backend"),
    (takeover, "swap"),
    (Media, "restore"),
    (services, "start_backend"),
)
"""After each of these the command is interrupted once, as if it were killed."""


class Running(Deployment):
    """The environment as it runs."""

    def __init__(self, own: OwnEnvironment) -> None:
        super().__init__(own.env)
        self._own = own
        self._name = own.env.settings.environment

    @property
    def instance(self) -> dict[str, Any]:
        """The one instance that the stack has."""
        stack = self.environment.settings.names.stack("Storage")
        (name,) = (
            one["PhysicalResourceId"]
            for one in self.client("cloudformation").describe_stack_resources(StackName=stack)[
                "StackResources"
            ]
            if one["ResourceType"] == "AWS::RDS::DBInstance"
        )
        rds = self.client("rds")
        return dict(rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])

    def instances(self) -> list[str]:
        """The names of all instances."""
        found = self.client("rds").describe_db_instances()["DBInstances"]
        return [one["DBInstanceIdentifier"] for one in found]

    def upload(self, name: str) -> None:
        """Upload a medium, and let a second pass: S3's clock shows no less."""
        status, answer, _ = self.request("POST", f"/api/media?name={name}", os.urandom(1000))
        assert status == 201, answer
        time.sleep(1.1)

    def now(self) -> str:
        """This moment, after which a second passes."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        time.sleep(1.1)
        return now

    def rows(self) -> dict[str, Mapping[str, object]]:
        """What the database knows of each medium, by its id."""
        _, answer, _ = self.request("GET", "/api/media")
        return {row["id"]: row for row in json.loads(answer)["media"]}

    def objects(self) -> dict[str, bytes]:
        """What the bucket holds of each medium, by its id."""
        bucket, s3 = self.outputs["MediaBucketName"], self.client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        return {
            key.rpartition("/")[2]: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in keys
        }

    def object_versions(self) -> set[str]:
        """The versions of all objects."""
        bucket = self.outputs["MediaBucketName"]
        listed = self.client("s3").list_object_versions(Bucket=bucket)
        return {one["VersionId"] for one in listed["Versions"]}

    def delete(self, name: str) -> None:
        """Delete a medium's object."""
        (key,) = (key for key, row in self.rows().items() if row["name"] == name)
        bucket = self.outputs["MediaBucketName"]
        self.client("s3").delete_object(Bucket=bucket, Key=f"media/{key}")

    def restore(self, *options: str, confirmed: str = "") -> int:
        """Give the command where nobody can be asked."""
        with patch.dict(os.environ, CONFIRM=confirmed), patch("sys.stdin.isatty", lambda: False):
            return command(
                ["restore", self._name, *options], directory=self._own.settings_directory
            )

    def deploy(self) -> None:
        with patch.dict(os.environ, {**self._own.variables, "GITLAB_TOKEN": TOKEN}):
            command_line = [self._name, *self._own.options]
            assert deploy(command_line, directory=self._own.settings_directory) == 0


@dataclass(frozen=True, kw_only=True)
class Then:
    """A moment, and what was there."""

    text: str
    rows: Mapping[str, Mapping[str, object]]
    objects: Mapping[str, bytes]
    instance: dict[str, Any]

    @property
    def name(self) -> str:
        """The instance's name."""
        return str(self.instance["DBInstanceIdentifier"])


def _interrupted(step: Callable[..., object]) -> Callable[..., object]:
    def interrupted(*arguments: object, **named: object) -> None:
        step(*arguments, **named)
        raise KeyboardInterrupt

    return interrupted


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    own = OwnEnvironment(tmp_path_factory.mktemp("restore"), "restored", "database.backup_days = 7")
    with own.running():
        running = Running(own)
        running.deploy()
        site.wait_for(own.env, version="1.0.0")
        yield running


@pytest.fixture(scope="module")
def then(running: Running) -> Then:
    """A moment between two uploads, and what was there."""
    running.upload("first.dcm")
    running.upload("second.dcm")
    found = Then(
        rows=running.rows(),
        objects=running.objects(),
        instance=running.instance,
        text=running.now(),
    )
    running.delete("first.dcm")
    running.upload("third.dcm")
    return found


def test_it_says_what_it_would_do_and_asks_for_the_name(
    running: Running,
    then: Then,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = then.name
    with pytest.raises(SystemExit, match=f'set CONFIRM="{name}". Nothing was changed'):
        running.restore("--to", then.text, confirmed="another")
    assert "1 come back, 1 later ones are hidden, 1 stay" in capsys.readouterr().out
    assert running.instances() == [then.name]


def test_interrupted_after_each_step_the_same_command_goes_on(running: Running, then: Then) -> None:
    for place, step in STEPS:
        with patch.object(place, step, _interrupted(getattr(place, step))):
            assert running.restore("--to", then.text, confirmed=then.name) == INTERRUPTED, step
        with pytest.raises(SystemExit, match=f"A restore to {then.text} is under way"):
            running.restore("--to", "2026-01-01T00:00:00Z")
    # The backend has started, and users work again, before the last run.
    assert (running.rows(), running.objects()) == (then.rows, then.objects)
    running.upload("fourth.dcm")
    rows, objects, versions = running.rows(), running.objects(), running.object_versions()
    assert running.restore("--to", then.text) == 0
    assert running.rows() == rows
    assert running.objects() == objects
    assert running.object_versions() == versions


def test_the_instance_has_its_name_address_and_settings(running: Running, then: Then) -> None:
    before, after = then.instance, running.instance
    different = {
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    }
    assert different == {
        "DbiResourceId",
        "InstanceCreateTime",
        "LatestRestorableTime",
        "MasterUserSecret",
        "TagList",
    }
    # RDS makes a secret of each instance's own.
    assert after["MasterUserSecret"]["KmsKeyId"] == before["MasterUserSecret"]["KmsKeyId"]
    # Only AWS can set its own tags.
    assert after["TagList"] == [
        tag for tag in before["TagList"] if not tag["Key"].startswith("aws:")
    ]


def test_the_next_deployment_changes_nothing(running: Running) -> None:
    before = running.stack_updates()
    running.deploy()
    assert running.stack_updates() == before


def test_the_way_back_leads_to_what_was_there_before_the_restore(
    running: Running, then: Then
) -> None:
    (former,) = (name for name in running.instances() if "-former-" in name)
    retired = datetime.strptime(f"{former[-14:]}Z", "%Y%m%d%H%M%S%z").isoformat()
    assert running.restore("--to", retired, confirmed=then.name) == 0
    assert {row["name"] for row in running.rows().values()} == {
        "first.dcm",
        "second.dcm",
        "third.dcm",
    }
    assert len(running.objects()) == 2
