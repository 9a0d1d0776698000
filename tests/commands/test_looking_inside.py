"""A shell, a session, psql and the logs: one command each, on a terminal that the AWS CLI takes over."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.commands import session, shell
from instandt_cdk.commands.__main__ import main
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.settings import load
from tests.doctor.stubs import answering
from tests.support.emulated import ACCOUNT, NETWORK, Cloud
from tests.support.settings_files import write

NAME = "looked-into"
STACK = f"instandt-{NAME}-services"
DOCUMENT = {"Type": "AWS::SSM::Document", "Properties": {"Content": {}}}
TASK = "arn:aws:ecs:eu-central-1:000000000000:task/cluster/{}"


def template() -> dict[str, Any]:
    """The parts of the stack Services that the commands look for."""
    launch = {"LaunchTemplateData": {"ImageId": "ami-12345678", "InstanceType": "t4g.nano"}}
    group = {
        "MinSize": "1",
        "MaxSize": "1",
        "VPCZoneIdentifier": [{"Ref": "Subnet"}],
        "LaunchTemplate": {
            "LaunchTemplateId": {"Ref": "Template"},
            "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
        },
    }
    return {
        "Resources": NETWORK
        | {
            "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": launch},
            "BastionGroup1234": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": group,
            },
            "SessionsShell1234": DOCUMENT,
            "SessionsPsql1234": DOCUMENT,
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "BackendTaskLog1234": {"Type": "AWS::Logs::LogGroup"},
            "FrontendTaskLog1234": {"Type": "AWS::Logs::LogGroup"},
            "ClusterLog1234": {"Type": "AWS::Logs::LogGroup"},
        },
        "Outputs": {"ClusterName": {"Value": {"Ref": "Cluster"}}},
    }


@pytest.fixture
def deployed(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The environment, and stand-ins for the two programs on the path."""
    for name in ("aws", "session-manager-plugin"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.touch()
        program.chmod(0o755)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name=NAME)
    cloud.apply(STACK, template())
    listed = cloud.client("cloudformation").describe_stack_resources(StackName=STACK)
    yield {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed["StackResources"]}
    cloud.delete(STACK)


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the terminal was handed over to, instead of this process."""
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execvp", lambda _, command: commands.append(command))
    return commands


@pytest.mark.parametrize(
    ("command", "document"), [("session", "SessionsShell1234"), ("psql", "SessionsPsql1234")]
)
def test_a_session_is_on_the_bastion_with_a_document_of_our_own(
    deployed: dict[str, str],
    tmp_path: Path,
    handed_over: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    document: str,
) -> None:
    monkeypatch.setattr(session, "_bastion", lambda _: "i-0123")
    main([command, NAME], directory=tmp_path)
    assert handed_over == [
        [
            *("aws", "--region", "eu-central-1", "ssm", "start-session"),
            *("--target", "i-0123", "--document-name", deployed[document]),
        ]
    ]


def test_the_bastion_is_the_instance_in_service(deployed: dict[str, str], tmp_path: Path) -> None:
    environment = Deployed(settings=load(tmp_path, NAME))

    def given(**states: str) -> None:
        group = {
            "AutoScalingGroupName": deployed["BastionGroup1234"],
            "MinSize": 1,
            "MaxSize": 1,
            "DesiredCapacity": 1,
            "DefaultCooldown": 0,
            "AvailabilityZones": [],
            "HealthCheckType": "EC2",
            "CreatedTime": 0,
            "Instances": [
                {
                    "InstanceId": name,
                    "LifecycleState": state,
                    "AvailabilityZone": "eu-central-1a",
                    "HealthStatus": "Healthy",
                    "ProtectedFromScaleIn": False,
                }
                for name, state in states.items()
            ],
        }
        answers = [("describe_auto_scaling_groups", {"AutoScalingGroups": [group]})]
        environment._clients["autoscaling", "eu-central-1"] = answering("autoscaling", answers)

    given(leaving="Terminating:Wait", here="InService")
    assert session._bastion(environment) == "here"
    given(leaving="Terminating:Wait")
    with pytest.raises(CommandError, match="is in service: it is just being replaced"):
        session._bastion(environment)


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("command", [["session", NAME], ["psql", NAME], ["shell", NAME]])
def test_a_program_that_is_missing_is_said(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "bin" / "session-manager-plugin").unlink()
    with pytest.raises(SystemExit, match="install session-manager-plugin: https://"):
        main(command, directory=tmp_path)


@pytest.mark.usefixtures("deployed")
def test_a_shell_is_in_the_newest_task_that_takes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handed_over: list[list[str]]
) -> None:
    def task(name: str, started: int, status: str, *, enabled: bool = True) -> dict[str, Any]:
        agent = {"name": "ExecuteCommandAgent", "lastStatus": status}
        return {
            "taskArn": TASK.format(name),
            "startedAt": started,
            "enableExecuteCommand": enabled,
            "containers": [{"name": "backend", "managedAgents": [agent]}],
        }

    tasks = [
        task("old", 1, "RUNNING"),
        task("newest", 3, "RUNNING"),
        task("starting", 4, "PENDING"),
        task("closed", 5, "RUNNING", enabled=False),
    ]
    environment = Deployed(settings=load(tmp_path, NAME))

    def given(tasks: list[dict[str, Any]]) -> None:
        arns = [one["taskArn"] for one in tasks]
        ecs = answering(
            "ecs", [("list_tasks", {"taskArns": arns}), ("describe_tasks", {"tasks": tasks})]
        )
        environment._clients["ecs", "eu-central-1"] = ecs

    given(tasks)
    assert shell._task(environment, "cluster", "backend") == TASK.format("newest")
    given(tasks[2:])
    with pytest.raises(CommandError, match=r"backend\.read_only_root = true never does"):
        shell._task(environment, "cluster", "backend")
    monkeypatch.setattr(shell, "_task", lambda *_: TASK.format("newest"))
    main(["shell", NAME], directory=tmp_path)
    (arguments,) = handed_over
    assert arguments[3:6] == ["ecs", "execute-command", "--cluster"]
    assert arguments[7:] == [
        *("--task", TASK.format("newest"), "--container", "backend"),
        *("--interactive", "--command", "/bin/sh"),
    ]


@pytest.mark.usefixtures("deployed")
def test_a_shell_without_a_task_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="No task of the frontend runs"):
        main(["shell", NAME, "--container", "frontend"], directory=tmp_path)


def test_logs_are_in_the_order_of_time_and_do_no_harm_to_the_terminal(
    deployed: dict[str, str], cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs, now = cloud.client("logs"), int(time.time() * 1000)
    for group, said in (
        ("BackendTaskLog1234", [(-3000, "one"), (-1000, "\x1b[2Jthree")]),
        ("FrontendTaskLog1234", [(-2000, "two"), (-3_000_000, "long ago")]),
        ("ClusterLog1234", [(-2000, "nobody's")]),
    ):
        name = deployed[group]
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        events = [{"timestamp": now + when, "message": text} for when, text in sorted(said)]
        logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=events)

    def shown(*arguments: str) -> list[str]:
        assert main(["logs", NAME, "--no-follow", *arguments], directory=tmp_path) == 0
        return [line[9:] for line in capsys.readouterr().out.splitlines()]

    assert shown() == ["backend   one", "frontend  two", "backend   �[2Jthree"]
    assert shown("--of", "frontend", "--minutes", "60") == ["frontend  long ago", "frontend  two"]


def test_following_shows_each_line_once_until_ctrl_c(
    deployed: dict[str, str],
    cloud: Cloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs, group = cloud.client("logs"), deployed["BackendTaskLog1234"]
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    said = iter(["first", "second"])

    def sleep(_: float) -> None:
        text = next(said, None)
        if text is None:
            raise KeyboardInterrupt
        event = {"timestamp": int(time.time() * 1000), "message": text}
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])

    monkeypatch.setattr("instandt_cdk.commands.logs.time.sleep", sleep)
    assert main(["logs", NAME], directory=tmp_path) == 0
    lines = [line[9:] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["backend   first", "backend   second"]
