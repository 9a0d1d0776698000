"""`make deploy` goes on where a first deployment failed, and keeps the token to itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.changes import Stacks
from instandt_cdk.deploy.__main__ import main
from instandt_cdk.deploy.failed_creations import lift_protection
from instandt_cdk.deploy.operations_under_way import await_end
from instandt_cdk.deploy.run import run
from instandt_cdk.names import TOKEN_PARAMETER, Names
from instandt_cdk.settings import load
from tests.support import ROOT
from tests.support.answers import Ask, change, refuse
from tests.support.databases import DATABASE
from tests.support.emulated import ACCOUNT, REGION, Cloud
from tests.support.settings_files import write

TOKEN = "glpat-of-nobody-9Qr5St8V"  # noqa: S105 - of nobody
GOOD = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
        }
    },
}
"""Permissions: the CDK CLI by itself would ask whether they are wanted."""
BROKEN = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": "sg-none"}}
COMMAND = (
    "import sys; from pathlib import Path; from instandt_cdk.deploy.__main__ import main;"
    "sys.exit(main(sys.argv[2:], directory=Path(sys.argv[1])))"
)
"""Deploys settings of another folder than environments/."""
APPLICATION = """
import json, os, pathlib, psutil, shutil
here = pathlib.Path(__file__).parent
shutil.copytree(here / "assembly", os.environ["CDK_OUTDIR"], dirs_exist_ok=True)
everybody = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
(here / "seen.json").write_text(json.dumps(everybody))
"""
"""Stands in for the application: a synthesized stack. It notes what is in the list of processes."""


def _write_stack(directory: Path, environment: str, resource: dict[str, Any]) -> None:
    """Write an assembly with a protected stack that takes the token and prints an output."""
    template = {
        "Parameters": {TOKEN_PARAMETER: {"Type": "String", "NoEcho": True}},
        "Resources": {"It": resource},
        "Outputs": {"Length": {"Value": {"Ref": TOKEN_PARAMETER}}},
    }
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/{REGION}",
        "properties": {
            "templateFile": "template.json",
            "stackName": Names(environment).stack("Secrets"),
            "terminationProtection": True,
        },
    }
    assembly = directory / "assembly"
    assembly.mkdir(exist_ok=True)
    (assembly / "template.json").write_text(json.dumps(template))
    (assembly / "manifest.json").write_text(
        json.dumps({"version": "48.0.0", "artifacts": {"Secrets": stack}})
    )
    (directory / "application.py").write_text(APPLICATION)


def _deploy(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "CDK_APP": f"{sys.executable} {directory}/application.py",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", COMMAND, str(directory), "retry"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def _at(cloud: Cloud) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.port}",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "GITLAB_TOKEN": TOKEN,
    }


def test_a_failed_first_deployment_is_repeated_and_nobody_sees_the_token(
    cloud: Cloud, tmp_path: Path
) -> None:
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="retry")
    _write_stack(tmp_path, "retry", BROKEN)
    first = _deploy(tmp_path, **_at(cloud))
    assert first.returncode == 1, first.stdout
    # The reason stands at the end, in full.
    *_, failed, reason = first.stderr.strip().splitlines()
    assert failed.startswith("instandt-retry-secrets: It (AWS::EC2::SecurityGroupIngress) failed:")
    assert "sg-none" in reason
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="instandt-retry-secrets")[
        "Stacks"
    ]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack["EnableTerminationProtection"]

    _write_stack(tmp_path, "retry", GOOD)
    second = _deploy(tmp_path, **_at(cloud))
    assert second.returncode == 0, second.stderr
    assert "instandt-retry-secrets in eu-central-1: its first creation failed" in second.stdout
    assert f"  Length            {TOKEN}" in second.stdout
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="instandt-retry-secrets")[
        "Stacks"
    ]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["EnableTerminationProtection"]
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert any("deploy" in (command or []) for command in seen)
    assert TOKEN not in json.dumps(seen)


def test_a_deployment_that_changes_nothing_says_so(
    cloud: Cloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="same")
    _write_stack(tmp_path, "same", GOOD)
    variables = {"CDK_APP": f"{sys.executable} {tmp_path}/application.py"}
    for name, value in (_at(cloud) | variables).items():
        monkeypatch.setenv(name, value)
    clients = {REGION: cloud.client("cloudformation")}
    settings, options = load(tmp_path, "same"), [f"--output={tmp_path}/out"]
    assert run(settings, clients, Stacks({}), options) == 0
    assert "Nothing has changed" not in capsys.readouterr().out
    assert run(settings, clients, Stacks({}), options) == 0
    assert "\nNothing has changed since the last deployment.\n" in capsys.readouterr().out


def test_only_what_a_failed_creation_of_this_environment_left_loses_its_protection(
    cloud: Cloud,
) -> None:
    cloudformation = cloud.client("cloudformation")
    left = {"instandt-one-storage": BROKEN, "instandt-one-secrets": GOOD}
    left |= {"instandt-one-more-storage": BROKEN, "instandt-one-else": BROKEN}
    for name, resource in left.items():
        cloud.apply(name, {"Resources": {"It": resource}})
        cloudformation.update_termination_protection(
            StackName=name, EnableTerminationProtection=True
        )
    (line,) = lift_protection({REGION: cloudformation}, Names("one"))
    assert line.startswith("instandt-one-storage in eu-central-1: its first creation failed")
    protected = {
        stack["StackName"]
        for stack in cloudformation.describe_stacks()["Stacks"]
        if stack["EnableTerminationProtection"]
    }
    assert left.keys() - protected == {"instandt-one-storage"}


def test_what_cloudformation_still_does_is_waited_for(cloud: Cloud) -> None:
    # A database takes a while, because there is a real server behind it.
    resources = {"Database": DATABASE, "It": BROKEN | {"DependsOn": "Database"}}
    name, cloudformation = "instandt-busy-storage", cloud.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    lines = list(await_end({REGION: cloudformation}, Names("busy"), poll_seconds=0.05))
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert lines[0].startswith(f"{name} in {REGION} is CREATE_IN_PROGRESS; waiting")
    assert len(lines) == len({*lines})
    assert list(await_end({REGION: cloudformation}, Names("busy"))) == []


def test_credentials_that_expire_during_a_deployment_are_said(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="expiring")
    for name, value in _at(cloud).items():
        monkeypatch.setenv(name, value)
    ended = list[object]()

    def deploy(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ended.append(command)
        return subprocess.CompletedProcess(command, 1)

    def expired(operation: str, _given: object, ask: Ask) -> object:
        if ended:
            refuse(operation, "ExpiredToken")
        return ask()

    monkeypatch.setattr("instandt_cdk.deploy.run.subprocess.run", deploy)
    change(monkeypatch, expired)
    with pytest.raises(SystemExit, match=r"^AWS could not be asked what has become of .*Expired"):
        main(["expiring"], directory=tmp_path)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "credentials: there are none; sign in as the AWS CLI does"),
        ({"AWS_PROFILE": "none"}, "could not be found"),
    ],
)
def test_without_credentials_nothing_begins(
    variables: dict[str, str], message: str, tmp_path: Path
) -> None:
    write(tmp_path, name="retry")
    refused = _deploy(tmp_path, AWS_SHARED_CREDENTIALS_FILE=os.devnull, **variables)
    assert refused.returncode == 1
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""


def test_bad_settings_are_refused_as_by_synth(tmp_path: Path) -> None:
    refused = _deploy(tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{tmp_path}/retry.toml: there is no such file")
