"""Step Functions runs ECS tasks ("Run Amazon ECS or Fargate tasks with Step Functions", Developer Guide)."""

import json
import time
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from local.emulator import hooks
from local.emulator.roles import AccessDeniedError, Session

_POLL_SECONDS = 0.2
_caller: ContextVar[Session] = ContextVar("caller")
"""The session of the state machine's role."""


def install() -> None:
    """Adapt `ecs:runTask`, and let every task act with the state machine's role.

    ministack answers in camel case and calls a failed task a success. The state machine of the migration
    relies on States.TaskFailed and its cause.
    """
    stepfunctions = hooks.service("stepfunctions")
    hooks.around(stepfunctions, "_invoke_ecs_run_task")(_run_task)

    @hooks.around(stepfunctions, "_execute_task")
    def execute(
        original: hooks.Original,
        state: object,
        given: object,
        execution: hooks.Untyped,
        *more: object,
    ) -> hooks.Untyped:
        machine = stepfunctions._state_machines[execution["stateMachineArn"]]
        _caller.set(Session(machine["roleArn"], execution["name"]))
        return original(state, given, execution, *more)

    @hooks.around(stepfunctions, "_call_lambda")
    def invoke(original: hooks.Original, function: str, event: object) -> hooks.Untyped:
        _func, configuration, _name = hooks.service("lambda_svc")._get_func_record_for_ref(function)
        if configuration:
            _require("Lambda", "lambda:InvokeFunction", configuration["FunctionArn"])
        return original(function, event)


def _require(service: str, *question: Any) -> None:  # noqa: ANN401 - of Session.require
    """Ask for the state machine's role; a refusal is an error that the definition may catch."""
    try:
        _caller.get().require(*question)
    except AccessDeniedError as denied:
        stepfunctions = hooks.service("stepfunctions")
        raise stepfunctions._ExecutionError(
            f"{service}.AccessDeniedException", str(denied)
        ) from None


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
    _require_run(ecs, request)
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


def _require_run(ecs: hooks.Untyped, request: dict[str, Any]) -> None:
    """Ask what RunTask asks ("Amazon ECS identity-based policy examples", "Passing a role to a service")."""
    definition = ecs._task_defs[ecs._resolve_td_key(request["taskDefinition"])]
    cluster = ecs._clusters[ecs._resolve_cluster_name(request.get("cluster", "default"))]
    on_cluster = {"ecs:cluster": cluster["clusterArn"]}
    _require("ECS", "ecs:RunTask", definition["taskDefinitionArn"], on_cluster)
    for role in (definition["executionRoleArn"], definition["taskRoleArn"]):
        if role:
            _require(
                "ECS", "iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
            )


def _stopped(ecs: hooks.Untyped, cluster: str, task_arn: str) -> dict[str, Any]:
    """Wait until the task stopped, and return its description; the state has a timeout of its own."""
    while True:
        _require("ECS", "ecs:DescribeTasks", task_arn)
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
