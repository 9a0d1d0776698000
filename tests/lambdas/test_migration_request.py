"""Which of CloudFormation's requests run a migration."""

from hashlib import sha256
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from migration import downgrade, request
from tests.lambdas.servers import CloudFormationInbox

STACK = "arn:aws:cloudformation:eu-central-1:222222222222:stack/instandt/0"
MACHINE = "arn:aws:states:eu-central-1:222222222222:stateMachine:migration"


class Clients:
    """The function's clients, which answer what a test tells them to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._clients = {
            service: boto3.client(
                service,
                region_name="eu-central-1",
                aws_access_key_id="tests",
                aws_secret_access_key="tests",  # noqa: S106 - nothing is asked
            )
            for service in ("cloudformation", "stepfunctions")
        }
        self.stubs = {service: Stubber(client) for service, client in self._clients.items()}
        for stub in self.stubs.values():
            stub.activate()
        monkeypatch.setattr(boto3, "client", self._clients.__getitem__)

    def stack_is(self, status: str) -> None:
        stack = {"StackName": "instandt", "StackStatus": status, "CreationTime": 0}
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]})

    def starts(self) -> None:
        started = {"executionArn": f"{MACHINE}:1", "startDate": 0}
        self.stubs["stepfunctions"].add_response("start_execution", started)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    return Clients(monkeypatch)


def _event(inbox: CloudFormationInbox, kind: str, new: str, old: str | None) -> dict[str, Any]:
    event = {
        "RequestType": kind,
        "ResponseURL": inbox.url,
        "StackId": STACK,
        "RequestId": "request",
        "LogicalResourceId": "Migration",
        "ResourceProperties": {**_properties(new), "StateMachineArn": MACHINE},
    }
    return event if old is None else event | {"OldResourceProperties": _properties(old)}


def _properties(release: str) -> dict[str, str]:
    """The image's digest tells nothing about its age."""
    digest = sha256(release.encode()).hexdigest()
    return {"Version": f"sha256:{digest}", "Release": release}


@pytest.mark.parametrize(
    ("kind", "new", "old"),
    [
        ("Create", "1.0.0", None),
        ("Update", "2.0.0", "1.0.0"),
        ("Update", "2.0.0", "2.0.0-rc1"),
        ("Update", f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"),
        ("Update", "stable", "2.0.0"),
    ],
)
def test_a_new_version_is_migrated_to(
    inbox: CloudFormationInbox, clients: Clients, kind: str, new: str, old: str | None
) -> None:
    if old:
        clients.stack_is("UPDATE_IN_PROGRESS")
    clients.starts()
    request.handle(_event(inbox, kind, new, old), None)
    clients.stubs["stepfunctions"].assert_no_pending_responses()
    assert inbox.answers == []


@pytest.mark.parametrize(
    ("new", "old"), [("1.9.9", "2.0.0"), ("2.9.0", "2.10.0"), ("v1.2", "v1.2.1"), ("1.0-b", "1.1")]
)
def test_an_older_version_is_not_migrated_to(
    inbox: CloudFormationInbox,
    clients: Clients,
    capsys: pytest.CaptureFixture[str],
    new: str,
    old: str,
) -> None:
    clients.stack_is("UPDATE_IN_PROGRESS")
    request.handle(_event(inbox, "Update", new, old), None)
    assert inbox.answers[0]["Status"] == "SUCCESS"
    assert f"{new} is older than {old}" in capsys.readouterr().out


def test_a_rollback_is_not_migrated_to(inbox: CloudFormationInbox, clients: Clients) -> None:
    clients.stack_is("UPDATE_ROLLBACK_IN_PROGRESS")
    request.handle(_event(inbox, "Update", "2.0.0", "1.0.0"), None)
    assert inbox.answers[0]["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("1", "2"),
        ("", "1.0.0"),
        ("1.0.0", ""),
        ("1.0.0.1", "1.0.0.2"),
        ("²1.0", "1.1"),
        ("9" * 20, "1.0"),
    ],
)
def test_what_is_no_version_is_not_compared(new: str, old: str) -> None:
    assert not downgrade.is_older(new, old=old)
