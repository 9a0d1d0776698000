"""Tasks leave a container instance that is to end, and others take their place before.

Nothing runs on an instance here. It decides which tasks have to go when it ends.

Sources: "Draining Amazon ECS container instances" and "Amazon ECS managed instance draining", Amazon ECS
Developer Guide; "TerminateInstanceInAutoScalingGroup", Amazon EC2 Auto Scaling API Reference.
"""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterable

from local.emulator import hooks

_POLL_SECONDS = 0.2
_REQUEST = "TerminateInstanceInAutoScalingGroup"
_TERMINATING = "Terminating:Wait"


def install() -> None:
    """Give a template's groups their instances, which ministack forgets, and let one be ended."""
    autoscaling, responses = hooks.service("autoscaling"), hooks.core("responses")

    @hooks.around(hooks.service("cloudformation.provisioners"), "_asg_create")
    def create(original: hooks.Original, *arguments: object) -> hooks.Provisioned:
        name, attributes = original(*arguments)
        autoscaling._reconcile_instances(autoscaling._asgs[name])
        return name, attributes

    def terminate(request: hooks.Untyped) -> hooks.Untyped:
        found = [
            (group, instance)
            for group in autoscaling._asgs.values()
            for instance in group["Instances"]
            if instance["InstanceId"] == request["InstanceId"]
        ]
        if not found:
            return autoscaling._error("ValidationError", "Instance Id not found")
        ((group, instance),) = found
        tasks = _on_instance(hooks.service("ecs"), instance["InstanceId"], group)
        instance["LifecycleState"] = _TERMINATING
        scope = (responses.get_account_id(), responses.get_region())

        def drain() -> None:
            with responses.request_scope(*scope):
                _replace(tasks)
                group["Instances"].remove(instance)
                autoscaling._reconcile_instances(group)

        threading.Thread(target=drain, daemon=True, name=f"drain-{instance['InstanceId']}").start()
        return autoscaling._xml(200, f"{_REQUEST}Response", f"<{_REQUEST}Result/>")

    hooks.original(autoscaling, "_ACTION_MAP")[_REQUEST] = terminate


def _replace(leaving: Iterable[hooks.Untyped]) -> None:
    """Start as many tasks of each service as leave, and end those when the new ones are healthy."""
    ecs = hooks.service("ecs")
    by_service = defaultdict(list)
    for task in leaving:
        cluster = ecs._cluster_name_from_arn(task["clusterArn"])
        by_service[cluster, task["group"].removeprefix("service:")].append(task)
    for (cluster, name), tasks in by_service.items():
        key = f"{cluster}/{name}"
        service = ecs._services[key]
        service["desiredCount"] += len(tasks)
        ecs._reconcile_service_tasks(cluster, key)
        while _healthy(ecs, service) < service["desiredCount"]:
            time.sleep(_POLL_SECONDS)
        for task in tasks:
            request = {"task": task["taskArn"], "cluster": cluster, "reason": "Instance drains"}
            ecs._stop_task(request)
        service["desiredCount"] -= len(tasks)


def _on_instance(ecs: hooks.Untyped, instance_id: str, group: hooks.Untyped) -> list[hooks.Untyped]:
    """The services' tasks on an instance. Those without a place yet get one, spread over the group."""
    spread = itertools.cycle(instance["InstanceId"] for instance in group["Instances"])
    tasks = [
        task
        for task in ecs._tasks.values()
        if task["group"].startswith("service:") and task["lastStatus"] == "RUNNING"
    ]
    for task in tasks:
        task.setdefault("_instance", next(spread))
    return [task for task in tasks if task["_instance"] == instance_id]


def _healthy(ecs: hooks.Untyped, service: hooks.Untyped) -> int:
    deployment = ecs._primary_deployment(service)["id"]
    return sum(
        task.get("_deployment_id") == deployment
        and task["lastStatus"] == "RUNNING"
        and bool(task.get("_startup_stable"))
        for task in ecs._tasks.values()
    )
