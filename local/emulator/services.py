"""ECS services on the local runtime: targets at their real ports, tasks that must pass health checks."""

import time
from typing import Any

from local.emulator import hooks
from local.emulator.containers import Container, Runtime
from local.emulator.health import Address, Health

_HOST = "127.0.0.1"
_HEALTH_TIMEOUT_SECONDS = 20.0
_HEALTH_POLL_SECONDS = 0.1


def install(runtime: Runtime, health: Health) -> None:
    """Adapt ECS to the runtime."""
    ecs = hooks.service("ecs")
    hooks.assign(ecs, "_docker", runtime)
    # ministack asks the registry for the digests of a service's first task; the runtime has no registry.
    hooks.around(ecs, "_deployment_needs_first_task")(lambda *_arguments: False)
    _follow_logs(ecs)
    _register_targets(ecs, runtime)
    _await_health(ecs, runtime, health)


def retire() -> None:
    """Let no service replace a task any more, as all are about to be stopped."""
    for _key, service in hooks.service("ecs")._services.all_items():
        service["status"] = "INACTIVE"


def _follow_logs(ecs: hooks.Untyped) -> None:
    # ministack forwards the log in a thread, which a short-lived container overtakes; the migration's
    # last lines must be there when its task has stopped.
    @hooks.around(ecs, "_start_awslogs_forwarder")
    def follow(
        original: hooks.Original,
        container: Container,
        definition: dict[str, Any],
        task_id: str,
    ) -> None:
        container.followed = ecs._awslogs_config(definition, task_id, container.id) is not None
        original(container, definition, task_id)


def _register_targets(ecs: hooks.Untyped, runtime: Runtime) -> None:
    # ministack registers every task at its container's port; here tasks share one address and have
    # a port each.
    @hooks.around(ecs, "_sync_service_targets")
    def register(_original: object, _cluster: str, service: hooks.Untyped) -> None:
        for balancer in service.get("loadBalancers") or []:
            group_arn = balancer["targetGroupArn"]
            # Two tasks may change their state at once: the later list must be the one that stays.
            with hooks.core("concurrency").resource_lock("elbv2-targets", group_arn):
                addresses = [_address(runtime, task, balancer) for task in _running(ecs, service)]
                hooks.service("alb").set_targets_for_group(
                    group_arn, filter(None, addresses), previous_ids=[_HOST]
                )


def _await_health(ecs: hooks.Untyped, runtime: Runtime, health: Health) -> None:
    # ministack calls a task healthy that is running; a load balancer asks it (ELB, "Health checks"),
    # and ECS replaces a task that does not pass.
    @hooks.around(ecs, "_record_service_task_healthy")
    def await_health(original: hooks.Original, service_key: str, task: hooks.Untyped) -> None:
        targets = [
            (balancer["targetGroupArn"], address)
            for balancer in ecs._services[service_key].get("loadBalancers") or []
            if (address := _address(runtime, task, balancer))
        ]
        deadline = time.monotonic() + _HEALTH_TIMEOUT_SECONDS
        while any(health.state(*target) != "healthy" for target in targets):
            if task["lastStatus"] != "RUNNING":
                return
            if time.monotonic() > deadline:
                _replace_unhealthy(ecs, task)
                return
            time.sleep(_HEALTH_POLL_SECONDS)
        original(service_key, task)


def _running(ecs: hooks.Untyped, service: hooks.Untyped) -> list[hooks.Untyped]:
    """The service's tasks that run; a service that is being deleted has none that count."""
    return [
        task
        for task in ecs._tasks.values()
        if service["status"] == "ACTIVE"
        and task["group"] == f"service:{service['serviceName']}"
        and task["clusterArn"] == service["clusterArn"]
        and task["lastStatus"] == "RUNNING"
    ]


def _address(runtime: Runtime, task: hooks.Untyped, balancer: dict[str, Any]) -> Address | None:
    """Where the container that the load balancer wants listens, or None before it was started."""
    for container_id in task.get("_docker_ids") or []:
        container = runtime.get(container_id)
        if container.name == balancer["containerName"]:
            return _HOST, container.port
    return None


def _replace_unhealthy(ecs: hooks.Untyped, task: hooks.Untyped) -> None:
    ecs._mark_task_stopped(
        task["taskArn"],
        task,
        "Task failed ELB health checks",
        "ServiceSchedulerInitiated",
        exit_code=143,
    )
    ecs._cleanup_task_resources(task, ecs._get_docker())
    ecs._record_service_task_failure(task)
