"""Reads how a migration's task ended, tells CloudFormation, and fails the execution if it failed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from custom_resource import respond
from migration.protocol import ERROR, REQUEST, TASK, ReportRequest
from migration.request import PHYSICAL_ID

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LAST_LINES = 15
"""How many lines of the migration's log go into the message."""


class MigrationFailedError(Exception):
    """The migration did not succeed. The message says how it ended."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the migration's task ended."""

    exit_code: int | None
    """The container's exit code; None if it did not run to its end."""
    reason: str
    """Why ECS stopped the task, or why Step Functions could not run it."""
    task_id: str | None

    @property
    def succeeded(self) -> bool:
        """Whether the container ran and exited with 0."""
        return self.exit_code == 0


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Report the outcome of the execution.

    Args:
        event: The properties of a `ReportRequest`.

    Raises:
        MigrationFailedError: The migration failed.
    """
    report = ReportRequest.from_properties(event)
    outcome = read(report.execution)
    failure = None
    if not outcome.succeeded:
        failure = explain(
            outcome,
            log=last_lines(
                outcome,
                group=report.log_group,
                container=report.container,
                logs=boto3.client("logs"),
            ),
        )
    # A migration that was started by hand has no request to answer.
    if request := report.execution.get(REQUEST):
        respond(request, physical_id=PHYSICAL_ID, failure=failure)
    if failure:
        raise MigrationFailedError(failure)
    return {"task": outcome.task_id, "exitCode": outcome.exit_code}


def read(execution: Mapping[str, Any]) -> Outcome:
    """Read the result of `ecs:runTask.sync`: the task's description, or an error that may contain it."""
    task = execution.get(TASK)
    error = execution.get(ERROR)
    if error is not None:
        try:
            task = json.loads(error["Cause"])
        except (KeyError, ValueError):
            reason = ": ".join(filter(None, (error.get("Error"), error.get("Cause"))))
            return Outcome(exit_code=None, reason=reason, task_id=None)
    task = _only_task(task)
    container = task.get("Containers", [{}])[0]
    reasons = (task.get("StoppedReason"), container.get("Reason"))
    return Outcome(
        exit_code=container.get("ExitCode"),
        reason="; ".join(filter(None, reasons)),
        task_id=task.get("TaskArn", "").rpartition("/")[2] or None,
    )


def _only_task(task: Any) -> dict[str, Any]:  # noqa: ANN401 - from outside, not checked yet
    if not isinstance(task, dict):
        return {}
    tasks = task.get("Tasks")
    return tasks[0] if tasks else task


def last_lines(
    outcome: Outcome, *, group: str, container: str, logs: "CloudWatchLogsClient"
) -> list[str]:
    """Return the last lines of the migration's log; an empty list if the container wrote none."""
    if outcome.task_id is None:
        return []
    try:
        events = logs.get_log_events(
            logGroupName=group,
            # The awslogs driver names the stream PREFIX/CONTAINER/TASK.
            logStreamName=f"{container}/{container}/{outcome.task_id}",
            limit=LAST_LINES,
            startFromHead=False,
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [line["message"].rstrip() for line in events]


def explain(outcome: Outcome, *, log: list[str]) -> str:
    """Return what happened and what to do, for the operator who reads CloudFormation's events."""
    ended = (
        "never ran" if outcome.exit_code is None else f"failed with exit code {outcome.exit_code}"
    )
    lines = [f"The database migration {ended} ({outcome.reason or 'no reason given'})."]
    if log:
        lines += ["Its last log lines:", *log]
    lines.append(
        "The services keep their version. Deploy a version whose migration succeeds, or solve the "
        "problem above and deploy again."
    )
    return "\n".join(lines)
