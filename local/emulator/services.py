"""ECS services: their targets are at the containers' real ports, and tasks must pass health checks."""

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
    """Let no service start a task any more, as all are about to be stopped."""
    for service in hooks.service("ecs")._services.all_values():
        service["status"] = "INACTIVE"


def _follow_logs(ecs: hooks.Untyped) -> None:
    # ministack forwards the log in a thread. A task can stop before the thread has read the last lines, and
    # those of the migration say why it failed.
    @hooks.around(ecs, "_start_awslogs_forwarder")
    def follow(original: hooks.Original, container: Container, *task: hooks.Untyped) -> None:
        container.followed = ecs._awslogs_config(*task, container.id) is not None
        original(container, *task)


def _register_targets(ecs: hooks.Untyped, runtime: Runtime) -> None:
    # ministack registers every task at the port in its definition. Here all tasks share one address, and
    # each has a port of its own.
    @hooks.around(ecs, "_sync_service_targets")
    def register(_original: object, _cluster: str, service: hooks.Untyped) -> None:
        for balancer in service.get("loadBalancers") or []:
            group_arn = balancer["targetGroupArn"]
            # Two tasks may change their state at once, and the later list must be the one that stays.
            with hooks.core("concurrency").resource_lock("elbv2-targets", group_arn):
                addresses = [_address(runtime, task, balancer) for task in _running(ecs, service)]
                hooks.service("alb").set_targets_for_group(
                    group_arn, filter(None, addresses), previous_ids=[_HOST]
                )


def _await_health(ecs: hooks.Untyped, runtime: Runtime, health: Health) -> None:
    # ministack calls every running task healthy. ECS asks the load balancer, and replaces a task that does
    # not pass its health checks ("Service load balancing", Amazon ECS Developer Guide).
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
                reason = ("Task failed ELB health checks", "ServiceSchedulerInitiated")
                ecs._mark_task_stopped(task["taskArn"], task, *reason, exit_code=143)
                ecs._cleanup_task_resources(task, runtime)
                ecs._record_service_task_failure(task)
                return
            time.sleep(_HEALTH_POLL_SECONDS)
        original(service_key, task)


def _running(ecs: hooks.Untyped, service: hooks.Untyped) -> list[hooks.Untyped]:
    """The tasks that run for the service; none count when it is being deleted."""
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
