"""The migration's report: what CloudFormation gets, and what an operator reads when a migration failed."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from migration import outcome, report
from migration.protocol import ReportRequest
from tests.lambdas.servers import CloudFormationInbox

TASK = {
    "TaskArn": "arn:aws:ecs:eu-central-1:000000000000:task/cluster/0123456789abcdef",
    "StoppedReason": "Essential container in task exited",
    "Containers": [{"Name": "migration", "ExitCode": 3}],
}
SIDECAR = {"Name": "sidecar", "ExitCode": 0}


def read(execution: object) -> outcome.Outcome:
    return outcome.read(execution, container="migration")


def test_a_task_that_ended_well_is_a_success() -> None:
    found = read({"task": {**TASK, "Containers": [{"Name": "migration", "ExitCode": 0}]}})
    assert found.succeeded
    assert found.task_id == "0123456789abcdef"


def test_a_failed_task_is_found_in_the_error_of_step_functions() -> None:
    error = {"Error": "States.TaskFailed", "Cause": json.dumps(TASK)}
    found = read({"error": error})
    assert not found.succeeded
    assert found.exit_code == 3
    assert found.reason == "Essential container in task exited"


def test_a_failed_task_is_found_whichever_way_it_comes() -> None:
    assert read({"task": TASK}).exit_code == 3
    assert read({"task": {"Tasks": [TASK]}}).exit_code == 3


def test_the_migration_is_found_by_its_name_among_other_containers() -> None:
    containers = [SIDECAR, {"Name": "migration", "ExitCode": 3}]
    assert read({"task": {**TASK, "Containers": containers}}).exit_code == 3
    assert not read({"task": {**TASK, "Containers": [SIDECAR]}}).succeeded


def test_an_error_is_never_a_success() -> None:
    task = {**TASK, "Containers": [{"Name": "migration", "ExitCode": 0}, {"ExitCode": 1}]}
    found = read({"error": {"Error": "States.TaskFailed", "Cause": json.dumps(task)}})
    assert not found.succeeded
    assert "ended with exit code 0, but its task failed" in report.explain(found, log=[])


def test_a_task_that_never_started_is_no_success() -> None:
    error = {"Error": "States.Timeout", "Cause": ""}
    found = read({"error": error})
    assert not found.succeeded
    assert found.reason == "States.Timeout"
    assert not read({}).succeeded


@pytest.mark.parametrize(
    "execution",
    [
        {"task": {**TASK, "Containers": None}},
        {"task": {**TASK, "Containers": []}},
        {"task": {**TASK, "Containers": [None]}},
        {"task": {**TASK, "Containers": 7}},
        {"task": {**TASK, "Containers": [{"Name": "migration", "ExitCode": None}]}},
        {"task": {"Tasks": []}},
        {"task": None},
        {"task": []},
        {"error": "a text"},
        {"error": {"Error": "X", "Cause": "null"}},
        {"error": {"Error": "X", "Cause": "[1, 2]"}},
        {"error": {"Error": "X", "Cause": '"a text"'}},
        {"error": {"Error": "X", "Cause": None}},
        {"error": {}},
        [],
        None,
    ],
)
def test_whatever_comes_is_a_failure_and_told(execution: object) -> None:
    found = read(execution)
    assert not found.succeeded
    assert "never ran to its end" in report.explain(found, log=[])


def test_a_container_that_never_ran_gives_its_reason() -> None:
    container = {"Name": "migration", "Reason": "CannotPullContainerError: access denied"}
    found = read({"task": {**TASK, "Containers": [container]}})
    assert found.exit_code is None
    assert "CannotPullContainerError" in found.reason
    assert "look whether app_version has been published" in report.explain(found, log=[])


@pytest.mark.parametrize(
    ("cause", "reason", "remedy"),
    [
        (
            {"Failures": [{"Arn": "a", "Reason": "RESOURCE:ENI"}], "Tasks": []},
            "RESOURCE:ENI",
            "maximum_instances",
        ),
        (
            {"Failures": [{"Reason": "RESOURCE:MEMORY", "Detail": "1 GiB"}]},
            "RESOURCE:MEMORY 1 GiB",
            "instance_type",
        ),
        ("", "States.Timeout", "migration.timeout_minutes"),
        ("", "MigrationAlreadyRuns", "wait for its end"),
    ],
)
def test_a_task_that_was_not_placed_names_the_setting(
    cause: object, reason: str, remedy: str
) -> None:
    text = json.dumps(cause) if cause else ""
    message = report.explain(
        read({"error": {"Error": "ECS.Unknown" if cause else reason, "Cause": text}}),
        log=[],
    )
    assert f"({reason})" in message
    assert remedy in message


def test_the_message_holds_exit_code_reason_last_lines_and_remedy() -> None:
    found = read({"task": TASK})
    message = report.explain(found, log=["altering table media", "column exists already"])
    assert "failed with exit code 3 (Essential container in task exited)" in message
    assert "altering table media\ncolumn exists already" in message
    assert "deploy again" in message


PASSWORD = "hunter2-Sommer"  # noqa: S105 - of nobody


def _request(inbox: CloudFormationInbox, *, exit_code: int = 3) -> dict[str, Any]:
    request = {
        "RequestType": "Create",
        "ResponseURL": inbox.url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Migration",
    }
    task = {**TASK, "Containers": [SIDECAR, {"Name": "migration", "ExitCode": exit_code}]}
    return ReportRequest(
        execution={"request": request, "task": task}, container="migration", log_group="group"
    ).to_properties()


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - boto3's are dynamic
    client = boto3.client(
        "logs",
        region_name="eu-central-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests",  # noqa: S106 - nothing is asked
    )
    monkeypatch.setattr(boto3, "client", lambda _service: client)
    return client


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ThrottlingException", "ServiceUnavailableException"]
)
def test_a_log_that_cannot_be_read_keeps_nobody_waiting(
    inbox: CloudFormationInbox,
    logs: Any,  # noqa: ANN401
    code: str,
) -> None:
    with Stubber(logs) as answers:
        answers.add_client_error("get_log_events", code)
        with pytest.raises(report.MigrationFailedError):
            report.handle(_request(inbox), None)
    (answer,) = inbox.answers
    assert answer["Status"] == "FAILED"
    assert "exit code 3" in answer["Reason"]
    assert code in answer["Reason"]


@pytest.mark.parametrize(
    "error", [ConnectTimeoutError(endpoint_url="https://logs"), RuntimeError("unheard of")]
)
def test_a_log_that_does_not_answer_keeps_nobody_waiting(
    inbox: CloudFormationInbox,
    logs: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def failing(**_: object) -> None:
        raise error

    monkeypatch.setattr(logs, "get_log_events", failing)
    with pytest.raises(report.MigrationFailedError):
        report.handle(_request(inbox), None)
    assert type(error).__name__ in inbox.answers[0]["Reason"]


def test_a_long_and_strange_log_leaves_the_exit_code_and_the_end(
    inbox: CloudFormationInbox,
    logs: Any,  # noqa: ANN401
) -> None:
    lines = [{"timestamp": 1, "message": "ü" * 2000, "ingestionTime": 1}] * 3
    text = f"half \ud83d of a pair, password={PASSWORD}"
    strange = {"timestamp": 1, "message": text, "ingestionTime": 1}
    with Stubber(logs) as answers:
        answers.add_response("get_log_events", {"events": [*lines, strange]})
        with pytest.raises(report.MigrationFailedError):
            report.handle(_request(inbox), None)
    reason = inbox.answers[0]["Reason"]
    assert reason.startswith("The database migration failed with exit code 3")
    assert "of a pair" in reason
    assert PASSWORD not in reason
    assert reason.endswith("deploy again.")


def test_empty_pages_of_the_log_are_passed_over(inbox: CloudFormationInbox, logs: Any) -> None:  # noqa: ANN401
    line = {"timestamp": 1, "message": "column exists already", "ingestionTime": 1}
    with Stubber(logs) as answers:
        for token in ("first", "second"):
            answers.add_response("get_log_events", {"events": [], "nextBackwardToken": token})
        answers.add_response("get_log_events", {"events": [line], "nextBackwardToken": "third"})
        with pytest.raises(report.MigrationFailedError):
            report.handle(_request(inbox), None)
    assert "column exists already" in inbox.answers[0]["Reason"]


def test_an_empty_log_ends_with_a_token_that_stays(inbox: CloudFormationInbox, logs: Any) -> None:  # noqa: ANN401
    with Stubber(logs) as answers:
        for _ in range(2):
            answers.add_response("get_log_events", {"events": [], "nextBackwardToken": "same"})
        with pytest.raises(report.MigrationFailedError):
            report.handle(_request(inbox), None)
    assert "Its last log lines" not in inbox.answers[0]["Reason"]


def test_a_success_is_answered_and_returned(inbox: CloudFormationInbox, logs: Any) -> None:  # noqa: ANN401, ARG001
    assert report.handle(_request(inbox, exit_code=0), None)["exitCode"] == 0
    assert inbox.answers[0]["Status"] == "SUCCESS"
