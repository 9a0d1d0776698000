"""A call of ECS about services and tasks is decided on those, and on a condition about their cluster.

ministack decides each such call on the cluster's ARN, and sets no condition key. AWS documents both:
"Actions, resources, and condition keys for Amazon Elastic Container Service", Service Authorization
Reference.

Mended when test_a_call_of_ecs_is_decided_on_services_and_tasks passes without this file.
"""

import json
from typing import Any

from local.emulator import hooks

_KINDS = {
    "DescribeServices": ("service", "services"),
    "UpdateService": ("service", "service"),
    "DescribeTasks": ("task", "tasks"),
}
"""The kind of resource and the request's member that names it, by action."""

_ON_NONE = ("DescribeTaskDefinition", "ListServices", "ListTasks")


def install() -> None:
    """Name the resource and the cluster."""
    actions = hooks.core("iam_actions")

    @hooks.around(actions, "extract_resource_arn")
    def resource(
        original: hooks.Original,
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *scope: hooks.Untyped,
    ) -> str:
        found = str(original(service, method, path, headers, body, *scope))
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "ecs":
            return found
        if action in _ON_NONE:
            return "*"
        if action in _KINDS:
            return _arn(*_KINDS[action], json.loads(body), found)
        return found

    @hooks.around(actions, "request_tag_context")
    def context(
        original: hooks.Original, service: str, action: str, body: bytes, *more: object
    ) -> hooks.Untyped:
        found = original(service, action, body, *more)
        cluster = json.loads(body or b"{}").get("cluster") if service == "ecs" else None
        return found | {"ecs:cluster": _cluster_arn(cluster)} if cluster else found


def _arn(kind: str, member: str, request: dict[str, Any], cluster_arn: str) -> str:
    """The ARN of the first service or task that a request names."""
    named = request[member][0] if isinstance(request[member], list) else request[member]
    if named.startswith("arn:"):
        return str(named)
    return f"{cluster_arn.replace(':cluster/', f':{kind}/')}/{named}"


def _cluster_arn(cluster: str) -> str:
    if cluster.startswith("arn:"):
        return cluster
    responses = hooks.core("responses")
    return f"arn:aws:ecs:{responses.get_region()}:{responses.get_account_id()}:cluster/{cluster}"
