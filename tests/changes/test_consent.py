"""A deployment that hurts is refused, or asks first; nothing is touched until then."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.deploy import consent
from instandt_cdk.doctor.changes import hurt_nothing
from instandt_cdk.doctor.clients import cloudformation_in_any_region
from instandt_cdk.settings import Settings, load
from tests.support import ROOT
from tests.support.assemblies import application, write_application
from tests.support.emulated import ACCOUNT, NETWORK, REGION, Cloud
from tests.support.settings_files import write

Template = dict[str, Any]

REPLICA_REGION = "eu-west-1"
DEPLOY = (
    "import sys; from pathlib import Path; from instandt_cdk.deploy.__main__ import main;"
    "sys.exit(main(sys.argv[2:], directory=Path(sys.argv[1])))"
)


def _bucket(*, mode: str, kept: bool = True) -> Template:
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    other = {"Type": "AWS::SNS::Topic"}
    return {
        "Metadata": {"instandt:settings": {"storage.mode": mode}},
        "Resources": {"Media": bucket, "Other": other} if kept else {"Other": other},
    }


class Environment:
    """An environment, deployed on the emulator and described by an assembly."""

    def __init__(self, cloud: Cloud, directory: Path, name: str) -> None:
        self._cloud, self.directory, self._name = cloud, directory, name
        write(directory, f'aws.account = "{ACCOUNT}"', name=name)

    @property
    def settings(self) -> Settings:
        return load(self.directory, self._name)

    def deploy(self, stacks: Mapping[str, Template], *, region: str = REGION) -> None:
        for stack, template in stacks.items():
            self._cloud.apply(self.settings.names.stack(stack), template, region=region)

    def synthesize(self, stacks: Mapping[str, Template]) -> None:
        named = {self.settings.names.stack(stack): stacks[stack] for stack in stacks}
        write_application(self.directory, named, account=ACCOUNT, region=REGION)

    def obtain(self, *confirmed: str, typed: str | None = None) -> list[str]:
        ask = None if typed is None else lambda _: typed
        return list(
            consent.obtain(
                self.settings, cloudformation_in_any_region(), confirmed=confirmed, ask=ask
            )
        )


@pytest.fixture
def environment(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Environment:
    for variable, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.port}",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "CDK_APP": application(tmp_path / "assembly"),
    }.items():
        monkeypatch.setenv(variable, value)
    return Environment(cloud, tmp_path, f"consent-{abs(hash(request.node.name)) % 10**6}")


def test_a_first_deployment_is_not_even_synthesized(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_APP", "false")
    assert environment.obtain() == []


def test_a_loss_goes_on_only_when_its_name_is_typed(environment: Environment, cloud: Cloud) -> None:
    environment.deploy({"Storage": _bucket(mode="s3")})
    environment.synthesize({"Storage": _bucket(mode="local", kept=False)})
    stack = environment.settings.names.stack("Storage")
    detail = cloud.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="Media"
    )["StackResourceDetail"]
    name = detail["PhysicalResourceId"]
    with pytest.raises(consent.RefusedError, match=f'set CONFIRM="{name}"') as refused:
        environment.obtain()
    assert 'storage.mode = "local" (deployed: "s3") would start with an empty' in str(refused.value)
    with pytest.raises(consent.RefusedError, match=f"This is not {name}"):
        environment.obtain(typed="Media")
    assert environment.obtain("other", typed=f"{name} ") == []
    assert environment.obtain("other", name) == []


def _using(stack: str, output: str, *, region: str = REGION) -> Template:
    reference = {"StackName": stack, "Region": region, "OutputName": output}
    group = {"GroupDescription": "-", "VpcId": {"Fn::GetStackOutput": reference}}
    return {"Resources": {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}}}


def test_a_refused_deployment_touches_nothing(environment: Environment, cloud: Cloud) -> None:
    vpc = {"Resources": NETWORK, "Outputs": {"Id": {"Value": {"Ref": "Vpc"}}}}
    ingress = _using(environment.settings.names.stack("Network"), "Id")
    environment.deploy({"Network": vpc, "Ingress": ingress})
    other = {**NETWORK["Vpc"], "Properties": {"CidrBlock": "10.1.0.0/16"}}
    environment.synthesize(
        {"Network": {**vpc, "Resources": {**NETWORK, "Vpc": other}}, "Ingress": ingress}
    )
    (mark,) = {
        found.mark for found in hurt_nothing(cloudformation_in_any_region(), environment.settings)
    }
    assert mark == "✗"
    deployed = subprocess.run(
        [sys.executable, "-c", DEPLOY, environment.directory, environment.settings.environment],
        cwd=ROOT,
        env={**os.environ, "CONFIRM": "anything"},
        capture_output=True,
        text=True,
    )
    assert deployed.returncode == 1
    assert "would replace or delete VPC of" in deployed.stderr
    assert deployed.stderr.endswith("Nothing was changed.\n")
    description = cloud.client("cloudformation").describe_stacks(
        StackName=environment.settings.names.stack("Network")
    )["Stacks"][0]
    assert description["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_in_a_region_that_the_settings_no_longer_name_is_found(
    environment: Environment,
) -> None:
    replica = environment.settings.names.stack("Replica")
    copy = {"Resources": NETWORK, "Outputs": {"Id": {"Value": {"Ref": "Vpc"}}}}
    environment.deploy({"Replica": copy}, region=REPLICA_REGION)
    environment.deploy({"Storage": _using(replica, "Id", region=REPLICA_REGION)})
    environment.synthesize({"Storage": _bucket(mode="s3")})
    with pytest.raises(consent.RefusedError, match=f'set CONFIRM="{replica}"'):
        environment.obtain()
