"""`make rollback` finds the version to go back to, and goes back to nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.commands.__main__ import main
from instandt_cdk.commands.rollback import differences, version_before
from tests.local.service_stack import service
from tests.support.emulated import ACCOUNT, Cloud
from tests.support.settings_files import write

STACK = "instandt-back-services"
DIGEST = f"sha256:{'0' * 64}"
PARAMETER = "/instandt/back/app-version"


@pytest.mark.parametrize(
    ("history", "version", "before"),
    [
        (["1"], "1", None),
        (["1", "2"], "2", "1"),
        (["1", "2", "1"], "1", None),
        (["1", "2", "3", "2"], "2", "1"),
        (["1", "2-sick", "1", "3"], "3", "1"),
        (["1", "2-sick", "1"], "2-sick", "1"),
        (["1", "2"], "3", None),
    ],
    ids=str,
)
def test_the_former_version_ran_before_the_version_was_first_deployed(
    history: list[str], version: str, before: str | None
) -> None:
    assert version_before(version, history) == before


def _template(version: str, **more: object) -> dict[str, Any]:
    return {
        "Resources": {
            "Task": {"Properties": {"Image": f"backend:{version}", **more}},
            "Rule": {"Properties": {"Path": "/api/*"}},
        }
    }


def test_templates_of_two_versions_differ_in_nothing_else() -> None:
    versions = {"2.0.0", "2.0.0-rc1"}
    assert differences(_template("2.0.0"), _template("2.0.0-rc1"), versions) == []
    assert differences(_template("2.0.0"), _template("2.0.0-rc1", Cpu=512), versions) == ["Task"]
    assert differences(_template("2.0.0"), {"Resources": {}}, versions) == ["Rule", "Task"]


class Environment:
    """The stack of the services, which has had these versions."""

    def __init__(self, cloud: Cloud, directory: Path) -> None:
        self._cloud, self._directory = cloud, directory

    def has_run(self, *versions: str, settings: tuple[str, ...] = ()) -> None:
        write(
            self._directory,
            f'aws.account = "{ACCOUNT}"',
            f'app_version = "{versions[-1]}"',
            *settings,
            name="back",
        )
        for version in versions:
            properties = {"Type": "String", "Name": PARAMETER, "Value": version}
            parameter = {"Type": "AWS::SSM::Parameter", "Properties": properties}
            self._cloud.apply(STACK, {"Resources": {"Version": parameter}})

    def roll_back(self) -> None:
        main(["rollback", "back"], directory=self._directory)


@pytest.fixture
def environment(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Environment]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    yield Environment(cloud, tmp_path)
    cloud.delete(STACK)


@pytest.mark.parametrize("history", [["1.0.0"], ["1.0.0", "2.0.0", "1.0.0"]], ids=str)
def test_before_the_first_version_there_is_none(
    environment: Environment, history: list[str]
) -> None:
    environment.has_run(*history)
    with pytest.raises(SystemExit, match=r"back has run no version before 1\.0\.0"):
        environment.roll_back()


def test_what_was_taken_back_already_is_only_said(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.has_run("0.9.0", "1.0.0", "2.0.0", "1.0.0", settings=('app_version = "2.0.0"',))
    environment.roll_back()
    said = capsys.readouterr().out
    assert "1.0.0 runs already, the version before 2.0.0." in said
    assert 'write app_version = "1.0.0" there' in said


def test_images_by_digest_have_no_former_ones(environment: Environment) -> None:
    digests = (
        f'registry.{name}_digest = "{DIGEST}"' for name in ("frontend", "backend", "migration")
    )
    environment.has_run("1.0.0", "2.0.0", settings=('registry.source = "gitlab"', *digests))
    with pytest.raises(SystemExit, match="name images by their digests"):
        environment.roll_back()


def test_nothing_begins_while_a_deployment_is_under_way(
    environment: Environment, cloud: Cloud
) -> None:
    environment.has_run("1.0.0")
    cloud.client("cloudformation").update_stack(
        StackName=STACK, TemplateBody=json.dumps(service("slow"))
    )
    with pytest.raises(SystemExit, match=f"{STACK} is UPDATE_IN_PROGRESS.*cancel-update-stack"):
        environment.roll_back()
    ended = cloud.client("cloudformation").get_waiter("stack_update_complete")
    ended.wait(StackName=STACK, WaiterConfig={"Delay": 1})
