"""The migration's report: what an operator reads when a migration failed."""

import json

from migration import report

TASK = {
    "TaskArn": "arn:aws:ecs:eu-central-1:000000000000:task/cluster/0123456789abcdef",
    "StoppedReason": "Essential container in task exited",
    "Containers": [{"Name": "migration", "ExitCode": 3}],
}


def test_a_task_that_ended_well_is_a_success() -> None:
    outcome = report.read({"task": {**TASK, "Containers": [{"ExitCode": 0}]}})
    assert outcome.succeeded
    assert outcome.task_id == "0123456789abcdef"


def test_a_failed_task_is_found_in_the_error_of_step_functions() -> None:
    error = {"Error": "States.TaskFailed", "Cause": json.dumps(TASK)}
    outcome = report.read({"error": error})
    assert not outcome.succeeded
    assert outcome.exit_code == 3
    assert outcome.reason == "Essential container in task exited"


def test_a_failed_task_is_found_whichever_way_it_comes() -> None:
    assert report.read({"task": TASK}).exit_code == 3
    assert report.read({"task": {"Tasks": [TASK]}}).exit_code == 3


def test_a_task_that_never_started_is_no_success() -> None:
    error = {"Error": "States.Timeout", "Cause": ""}
    outcome = report.read({"error": error})
    assert not outcome.succeeded
    assert outcome.reason == "States.Timeout"
    assert not report.read({}).succeeded


def test_a_container_that_never_ran_gives_its_reason() -> None:
    container = {"Name": "migration", "Reason": "CannotPullContainerError: access denied"}
    outcome = report.read({"task": {**TASK, "Containers": [container]}})
    assert outcome.exit_code is None
    assert "CannotPullContainerError" in outcome.reason


def test_the_message_holds_exit_code_reason_last_lines_and_remedy() -> None:
    outcome = report.read({"task": TASK})
    message = report.explain(outcome, log=["altering table media", "column exists already"])
    assert "failed with exit code 3 (Essential container in task exited)" in message
    assert "altering table media\ncolumn exists already" in message
    assert "deploy again" in message


def test_the_message_says_when_the_migration_never_ran() -> None:
    assert "never ran (States.Timeout)" in report.explain(
        report.read({"error": {"Error": "States.Timeout"}}), log=[]
    )
