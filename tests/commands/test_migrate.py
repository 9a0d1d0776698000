"""`make migrate` tells how the migration ended, and starts no second one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.commands import migrate
from instandt_cdk.commands.__main__ import main
from tests.support.emulated import ACCOUNT, Cloud
from tests.support.settings_files import write

STACK = "instandt-again-services"
REPORT = "The database migration failed with exit code 3.\nIts last log lines:\nstep 2 of 3"


class Machine:
    """The stack of the services, with a state machine that does what a test wants."""

    def __init__(self, cloud: Cloud, directory: Path) -> None:
        self._cloud, self._directory = cloud, directory
        self._role = cloud.role("migration-again")

    def does(self, state: dict[str, Any]) -> None:
        last = {} if state["Type"] == "Fail" else {"End": True}
        definition = {"StartAt": "It", "States": {"It": state | last}}
        machine = {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionString": json.dumps(definition), "RoleArn": self._role},
        }
        log = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/migration-again"}}
        self._cloud.apply(
            STACK, {"Resources": {"MigrationStateMachine": machine, "MigrationTaskLog": log}}
        )

    def start(self) -> None:
        resource = self._cloud.client("cloudformation").describe_stack_resource(
            StackName=STACK, LogicalResourceId="MigrationStateMachine"
        )
        arn = resource["StackResourceDetail"]["PhysicalResourceId"]
        self._cloud.client("stepfunctions").start_execution(stateMachineArn=arn)

    def run(self) -> None:
        assert main(["migrate", "again"], directory=self._directory) == 0


@pytest.fixture
def machine(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setattr(migrate, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(migrate, "TELL_SECONDS", 0.5)
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="again")
    yield Machine(cloud, tmp_path)
    cloud.delete(STACK)
    cloud.client("iam").delete_role(RoleName="migration-again")


def test_a_success_is_told(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.does({"Type": "Wait", "Seconds": 2})
    machine.run()
    said = capsys.readouterr().out
    assert "aws logs tail --follow --region eu-central-1 /migration-again" in said
    assert "It has been running for " in said
    assert "The migration has succeeded after " in said


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (json.dumps({"errorMessage": REPORT, "errorType": "MigrationFailedError"}), REPORT),
        ("out of patience", "ended as FAILED: States.Timeout out of patience."),
    ],
)
def test_a_failure_is_told_in_the_words_of_the_report(
    machine: Machine, cause: str, told: str
) -> None:
    machine.does({"Type": "Fail", "Error": "States.Timeout", "Cause": cause})
    with pytest.raises(SystemExit) as failed:
        machine.run()
    assert told in str(failed.value.code)


def test_no_second_one_is_started(machine: Machine) -> None:
    machine.does({"Type": "Wait", "Seconds": 5})
    machine.start()
    with pytest.raises(SystemExit, match="A migration runs already, since"):
        machine.run()
