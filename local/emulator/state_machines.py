"""Step Functions runs ECS tasks ("Run Amazon ECS or Fargate tasks with Step Functions", Developer Guide)."""

import json
import time
from datetime import datetime
from typing import Any

from local.emulator import hooks

_POLL_SECONDS = 0.2


def install() -> None:
    """Adapt `ecs:runTask`.

    ministack answers in camel case and calls a failed task a success. The state machine of the migration
    relies on States.TaskFailed and its cause.
    """
    hooks.around(hooks.service("stepfunctions"), "_invoke_ecs_run_task")(_run_task)


def _run_task(_original: object, resource: str, parameters: dict[str, Any]) -> hooks.Untyped:
    """Run the task and, for `.sync`, wait for its end.

    Returns:
        The answer of RunTask, or for `.sync` the description of the stopped task, with keys in PascalCase.

    Raises:
        _ExecutionError: ECS refused the request (ECS.…), or an essential container failed (States.TaskFailed,
            with the description of the task as JSON for its cause).
    """
    ecs, stepfunctions = hooks.service("ecs"), hooks.service("stepfunctions")
    request = {"startedBy": "AWS Step Functions", **stepfunctions._pascal_to_camel(parameters)}
    status, _headers, body = ecs._run_task(request)
    answer = json.loads(body)
    if status >= 400:
        code = answer.get("__type", "AmazonECSException").rsplit("#", 1)[-1]
        raise stepfunctions._ExecutionError(f"ECS.{code}", answer.get("message", ""))
    if not resource.endswith(".sync"):
        return _pascal({"tasks": answer["tasks"], "failures": answer["failures"]})
    task = _stopped(ecs, request.get("cluster", "default"), answer["tasks"][0]["taskArn"])
    if any(container.get("exitCode", 1) != 0 for container in _essential(ecs, task)):
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(_pascal(task)))
    return _pascal(task)


def _stopped(ecs: hooks.Untyped, cluster: str, task_arn: str) -> dict[str, Any]:
    """Wait until the task stopped, and return its description; the state has a timeout of its own."""
    while True:
        _status, _headers, body = ecs._describe_tasks({"cluster": cluster, "tasks": [task_arn]})
        task: dict[str, Any] = json.loads(body)["tasks"][0]
        if task["lastStatus"] == "STOPPED":
            return task
        time.sleep(_POLL_SECONDS)


def _essential(ecs: hooks.Untyped, task: dict[str, Any]) -> list[dict[str, Any]]:
    definition = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]
    essential = {
        container["name"]
        for container in definition["containerDefinitions"]
        if container.get("essential", True)
    }
    return [container for container in task["containers"] if container["name"] in essential]


def _pascal(value: hooks.Untyped, key: str = "") -> hooks.Untyped:
    """The value with PascalCase keys and times in epoch milliseconds, as Step Functions shows them."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _pascal(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_pascal(item) for item in value]
    if isinstance(value, str) and key.endswith("At"):
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value
