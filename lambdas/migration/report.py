"""Reads how a migration task ended, tells CloudFormation, and fails the execution if it failed."""

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
"""How much of the migration's log goes into the message."""


class MigrationFailedError(Exception):
    """The migration did not succeed; the message says how it ended."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the migration's task ended."""

    exit_code: int | None
    """The container's exit code; None if it never ran to its end."""
    reason: str
    """Why ECS stopped the task, or why Step Functions could not run it."""
    task_id: str | None

    @property
    def succeeded(self) -> bool:
        """Only a container that ran and said so."""
        return self.exit_code == 0


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Report how the execution went.

    Args:
        event: The properties of a `ReportRequest`.

    Raises:
        MigrationFailedError: The migration failed.
    """
    asked = ReportRequest.from_properties(event)
    outcome = read(asked.execution)
    failure = None
    if not outcome.succeeded:
        failure = explain(
            outcome,
            log=last_lines(
                outcome,
                group=asked.log_group,
                container=asked.container,
                logs=boto3.client("logs"),
            ),
        )
    # Started by hand there is nobody to answer.
    if request := asked.execution.get(REQUEST):
        respond(request, physical_id=PHYSICAL_ID, failure=failure)
    if failure:
        raise MigrationFailedError(failure)
    return {"task": outcome.task_id, "exitCode": outcome.exit_code}


def read(execution: Mapping[str, Any]) -> Outcome:
    """Read what `ecs:runTask.sync` gave: the task's description, or an error that may hold it."""
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


def _only_task(task: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the state machine was given
    if not isinstance(task, dict):
        return {}
    tasks = task.get("Tasks")
    return tasks[0] if tasks else task


def last_lines(
    outcome: Outcome, *, group: str, container: str, logs: "CloudWatchLogsClient"
) -> list[str]:
    """The end of the migration's log; nothing if the container never wrote any."""
    if outcome.task_id is None:
        return []
    try:
        events = logs.get_log_events(
            logGroupName=group,
            # The awslogs driver's pattern: prefix, container, task.
            logStreamName=f"{container}/{container}/{outcome.task_id}",
            limit=LAST_LINES,
            startFromHead=False,
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [line["message"].rstrip() for line in events]


def explain(outcome: Outcome, *, log: list[str]) -> str:
    """Say what happened and what to do, for the operator who reads CloudFormation's events."""
    ended = (
        "never ran" if outcome.exit_code is None else f"failed with exit code {outcome.exit_code}"
    )
    lines = [f"The database migration {ended} ({outcome.reason or 'no reason given'})."]
    if log:
        lines += ["Its last log lines:", *log]
    lines.append(
        "The services keep the version they have. Deploy a version whose migration succeeds, or mend "
        "what it names and deploy again."
    )
    return "\n".join(lines)
