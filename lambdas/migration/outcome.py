"""How a migration's task ended, read from what Step Functions has of it.

Source of the forms: "Run Amazon ECS or Fargate tasks with Step Functions", AWS Step Functions Developer
Guide; "RunTask" and "Task", Amazon ECS API Reference. Whatever is missing or of another form is unknown.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migration.protocol import ERROR, TASK


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the migration's task ended."""

    exit_code: int | None
    """The exit code of the migration's container; None if it did not run to its end."""
    reason: str
    """Why ECS stopped the task or did not place it, or why Step Functions could not run it."""
    task_id: str | None
    has_error: bool
    """Whether Step Functions reports an error. Then nothing counts as a success."""

    @property
    def succeeded(self) -> bool:
        """Whether the container ran and exited with 0, and nothing else failed."""
        return self.exit_code == 0 and not self.has_error


def read(execution: object, *, container: str) -> Outcome:
    """Read the result of `ecs:runTask.sync`: the task's description, or an error that may contain it.

    Args:
        execution: The execution's data.
        container: The name of the migration's container. Others may be in the task, in any order.
    """
    data = _mapping(execution)
    error = data.get(ERROR)
    found = data.get(TASK)
    if error is not None:
        found = _json(_mapping(error).get("Cause"))
    task = _only_task(_mapping(found))
    migration = next((c for c in _mappings(task, "Containers") if c.get("Name") == container), {})
    exit_code = migration.get("ExitCode")
    task_arn = task.get("TaskArn")
    return Outcome(
        exit_code=exit_code if isinstance(exit_code, int) else None,
        reason="; ".join(_reasons(_mapping(found), task, migration) or _words_of(error)),
        task_id=task_arn.rpartition("/")[2] if isinstance(task_arn, str) else None,
        has_error=error is not None,
    )


def _reasons(
    found: Mapping[str, Any], task: Mapping[str, Any], migration: Mapping[str, Any]
) -> list[str]:
    """Why the task was not placed, why it was stopped, and why its container was."""
    refused = [
        " ".join(f"{failure[key]}" for key in ("Reason", "Detail") if failure.get(key))
        for failure in _mappings(found, "Failures")
    ]
    return [
        *filter(None, refused),
        *(f"{reason}" for reason in (task.get("StoppedReason"), migration.get("Reason")) if reason),
    ]


def _words_of(error: object) -> list[str]:
    """An error that describes no task: its name, and its cause in whatever form it is."""
    if not isinstance(error, Mapping):
        return [f"{error}"] if error else []
    return [": ".join(f"{error[key]}" for key in ("Error", "Cause") if error.get(key))]


def _only_task(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The task itself, or the one in RunTask's answer."""
    return next(_mappings(found, "Tasks"), found)


def _mappings(parent: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    items = parent.get(key)
    return (
        item for item in (items if isinstance(items, list) else []) if isinstance(item, Mapping)
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _json(text: object) -> object:
    try:
        return json.loads(f"{text}")
    except ValueError:
        return None
