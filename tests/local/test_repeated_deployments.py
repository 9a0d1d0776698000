"""A first deployment fails at every stack in turn, and each time the same command goes on.

The tests tell one story and run in order. Everything is protected and retained, as in production. In the end
all is destroyed, and deployed once more.
"""

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from instandt_cdk.commands import __main__ as commands
from instandt_cdk.commands.destroy import databases, deletion
from instandt_cdk.deploy.operations_under_way import await_end
from local import site, stacks
from local.emulator.refusals import FILE
from local.registry import TOKEN
from tests.local.own_environment import OwnEnvironment
from tests.support import ROOT
from tests.support.emulated import REGION

COMMAND = (
    "import sys; from pathlib import Path; from instandt_cdk.deploy import waiting;"
    "from instandt_cdk.deploy.__main__ import main; waiting.POLL_SECONDS = 0.5;"
    "sys.exit(main(sys.argv[2:], directory=Path(sys.argv[1])))"
)
"""Deploys settings of another folder than environments/, and looks more often what it waits for."""
REFUSED = {
    "AWS::RDS::DBInstance": "Cannot create more than 40 DB instances (InstanceQuotaExceeded)",
    "Custom::OriginCertificate": "too many certificates already issued for this set of domains",
    "AWS::CloudFront::Distribution": "One or more of the CNAMEs are already associated",
    "AWS::ECS::Service": "ECS Deployment Circuit Breaker was triggered",
}
"""What stands in the way, and AWS's words for it."""


class Story:
    """The environment, and the command that deploys it."""

    def __init__(self, own: OwnEnvironment) -> None:
        self._own, self.env = own, own.env
        self.refuse(REFUSED)

    def refuse(self, refused: dict[str, str]) -> None:
        """Let CloudFormation refuse these types of resources."""
        (self.env.run_directory / FILE).write_text(json.dumps(refused))

    def deploy(self, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
        """Give the command."""
        command = [sys.executable, "-c", COMMAND, str(self._own.settings_directory), "again"]
        deployed = subprocess.run(
            [*command, *self._own.options],
            cwd=ROOT,
            env=os.environ | self._own.variables | {"GITLAB_TOKEN": token},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert token not in deployed.stdout
        return deployed

    def destroy(self, *options: str) -> None:
        """Give the command that takes it down."""
        commands.main(["destroy", "again", *options], directory=self._own.settings_directory)

    def statuses(self) -> dict[str, str]:
        """The state of each stack."""
        return {
            stack.name.rpartition("-")[2]: stack.stack_status for stack in stacks.deployed(self.env)
        }

    def client(self, service: str) -> Any:  # noqa: ANN401 - each service has a type of its own
        """A client of the emulated AWS, in the main region."""
        make_client: Any = boto3.client
        return make_client(service)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    own = OwnEnvironment(tmp_path_factory.mktemp("again"), "again")
    with own.running():
        yield Story(own)


def test_a_wrong_token(story: Story) -> None:
    # The CLI ends at the first stack that fails, which may be Storage, while CloudFormation goes on. On a
    # busy machine it has not begun with Secrets by then, but has published what held it up.
    said = []
    for _ in range(2):
        deployed = story.deploy(token="wrong-token-of-nobody")  # noqa: S106 - of nobody
        assert deployed.returncode == 1, deployed.stdout
        said.append(deployed.stdout)
        list(await_end({REGION: story.client("cloudformation")}, story.env.settings.names))
        if "secrets" in story.statuses():
            break
    assert story.statuses().get("secrets") == "ROLLBACK_COMPLETE", deployed.stdout
    failures = stacks.failures(story.env, since=dt.datetime.min.replace(tzinfo=dt.UTC))
    assert "RegistryAccess" in "".join(failures), failures
    assert re.search(r"^This first deployment typically takes \d+ min\.$", said[0], re.M)


@pytest.mark.parametrize(
    ("stack", "cause"),
    list(zip(("storage", "ingress", "edge", "services"), REFUSED, strict=True)),
)
def test_each_stack_after_the_other(story: Story, stack: str, cause: str) -> None:
    deployed = story.deploy()
    assert deployed.returncode == 1, deployed.stdout
    assert story.statuses().get(stack) == "ROLLBACK_COMPLETE", deployed.stdout
    told = rf"-{stack}: \w+ \({cause}\) failed:\n.*{re.escape(REFUSED[cause])}"
    assert re.search(told, deployed.stdout), deployed.stdout
    left = list(REFUSED)[list(REFUSED).index(cause) + 1 :]
    story.refuse({other: REFUSED[other] for other in left})


def test_finally_it_succeeds(story: Story) -> None:
    deployed = story.deploy()
    assert deployed.returncode == 0, deployed.stdout
    assert set(story.statuses().values()) == {"CREATE_COMPLETE"}
    seen = site.wait_for(story.env, version="1.0.0")
    assert set(seen.versions.values()) == {"1.0.0"}
    assert f"  SiteUrl           https://{story.env.settings.site.domain}" in deployed.stdout


def test_what_is_retained_is_not_in_the_way_of_another_first_deployment(
    story: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match=r"load balancer .* is protected from deletion"):
        story.destroy()
    assert set(story.statuses().values()) == {"CREATE_COMPLETE"}
    monkeypatch.setenv("CONFIRM", "again")
    monkeypatch.setattr(deletion, "POLL_SECONDS", 1)
    monkeypatch.setattr(databases, "POLL_SECONDS", 1)
    story.destroy("--unprotect")
    assert story.statuses() == {}
    assert story.client("rds").describe_db_instances()["DBInstances"] == []
    (snapshot,) = story.client("rds").describe_db_snapshots()["DBSnapshots"]
    printed = capsys.readouterr().out
    assert f"database snapshot {snapshot['DBSnapshotIdentifier']}" in printed
    # The secrets that operators name are left, and the command says how to delete them.
    names = story.env.settings.names
    for secret in (names.registry_login("pull-through-cache"), names.acme_state):
        assert re.search(rf"delete-secret .* --secret-id {secret}`", printed)
    refused = []
    while (deployed := story.deploy()).returncode and (
        remedy := re.search(
            r"`aws secretsmanager (delete-secret .*) --secret-id (\S+)`", deployed.stdout
        )
    ):
        refused.append(remedy[2])
        story.client("secretsmanager").delete_secret(
            SecretId=remedy[2], ForceDeleteWithoutRecovery=True
        )
    assert refused == [names.registry_login("pull-through-cache"), names.acme_state]
    assert deployed.returncode == 0, deployed.stdout
    site.wait_for(story.env, version="1.0.0")
    assert len(story.client("rds").describe_db_instances()["DBInstances"]) == 1
