"""The answer to CloudFormation arrives, fits, and says the most important thing."""

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

import custom_resource


class CloudFormation(ThreadingHTTPServer):
    """Receives responses as S3 does behind CloudFormation's pre-signed address."""

    def __init__(self) -> None:
        self.failures = 0
        self.requests = 0
        self.headers: dict[str, str] = {}
        self.body: dict[str, Any] = {}
        super().__init__(("127.0.0.1", 0), _Handler)

    def event(self) -> dict[str, str]:
        """A request whose response comes here."""
        return {
            "ResponseURL": f"http://127.0.0.1:{self.server_port}/response?signature=x",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "resource",
        }


class _Handler(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        self.server.headers = dict(self.headers)
        self.server.body = json.loads(body)
        failing = self.server.requests <= self.server.failures
        self.send_response(503 if failing else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    server = CloudFormation()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_success_carries_identity_and_data(cloudformation: CloudFormation) -> None:
    custom_resource.respond(cloudformation.event(), physical_id="thing", data={"Arn": "arn"})
    assert cloudformation.body == {
        "Status": "SUCCESS",
        "Reason": "done",
        "PhysicalResourceId": "thing",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "resource",
        "Data": {"Arn": "arn"},
    }
    assert cloudformation.headers["Content-Type"] == ""


def test_a_long_reason_keeps_its_end_and_fits(cloudformation: CloudFormation) -> None:
    reason = "ü" * 5000 + "the last line"
    custom_resource.respond(cloudformation.event(), physical_id="thing", failure=reason)
    assert cloudformation.body["Status"] == "FAILED"
    assert cloudformation.body["Reason"].endswith("the last line")
    # CloudFormation's limit, in bytes of JSON.
    assert int(cloudformation.headers["Content-Length"]) <= 4096


def test_a_reason_with_half_of_a_character_is_sent(cloudformation: CloudFormation) -> None:
    custom_resource.respond(
        cloudformation.event(), physical_id="thing", failure="half \ud83d of it"
    )
    assert cloudformation.body["Reason"] == "half ? of it"


def test_a_long_reason_keeps_its_first_line(cloudformation: CloudFormation) -> None:
    reason = "exit code 3\n" + "x" * 9000 + "\nthe last line"
    custom_resource.respond(cloudformation.event(), physical_id="thing", failure=reason)
    assert cloudformation.body["Reason"].startswith("exit code 3\n… x")
    assert cloudformation.body["Reason"].endswith("the last line")


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("Update", "UPDATE_IN_PROGRESS", False),
        ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", True),
        ("Create", None, False),
        ("Delete", None, False),
    ],
)
def test_a_rollback_is_told_from_an_update(
    kind: str, status: str | None, *, expected: bool
) -> None:
    client = boto3.client("cloudformation", region_name="eu-central-1")
    with Stubber(client) as answers:
        if status:
            stack = {"StackName": "name", "CreationTime": dt.datetime.now(dt.UTC)}
            answers.add_response("describe_stacks", {"Stacks": [{**stack, "StackStatus": status}]})
        event = {"RequestType": kind, "StackId": "stack"}
        assert custom_resource.is_rollback(event, cloudformation=client) is expected
        answers.assert_no_pending_responses()


def test_a_passing_fault_is_survived(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    cloudformation.failures = 2
    custom_resource.respond(cloudformation.event(), physical_id="thing")
    assert cloudformation.requests == 3


def test_a_lasting_fault_is_raised(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    cloudformation.failures = 99
    with pytest.raises(OSError, match="503"):
        custom_resource.respond(cloudformation.event(), physical_id="thing")
    assert cloudformation.requests == custom_resource.ATTEMPTS
