"""ECS watches the alarms of a deployment, and goes back to the one before when an alarm goes on.

ministack's deployment is complete when its tasks are healthy. With alarms it goes on after the old tasks have
ended, for about as long as the alarms look back. A service's first deployment is not watched, because there
is none to go back to.

Sources: "How CloudWatch alarms detect Amazon ECS deployment failures", Amazon ECS Developer Guide; for what
the guide leaves open, aws/copilot-cli#4294.
"""

import threading
import time

from local.emulator import alarms, hooks
from local.emulator.balancer_metrics import BalancerMetrics
from local.emulator.health import Health

ALARM_DETECTED = "ECS deployment failed: alarm detected."

_POLL_SECONDS = 0.1
_DELAY_MINUTES = 7
"""Metrics come late, and an unhealthy target is noticed late. How much ECS adds for that is not published."""


class DeploymentWatch:
    """Watches each deployment once, in a thread of its own."""

    def __init__(self, metrics: BalancerMetrics, health: Health) -> None:
        self._ecs = hooks.service("ecs")
        self._metrics, self._health = metrics, health
        self._lock = threading.Lock()
        self._begun = set[str]()
        """The deployments that are or were watched, or need not be, by id."""
        self._passed = set[str]()

    def install(self) -> None:
        """Adapt when a deployment is complete."""
        hooks.around(self._ecs, "_complete_service_deployment")(self._complete)

        @hooks.around(self._ecs, "_update_service")
        def update(original: hooks.Original, request: hooks.Untyped) -> hooks.Untyped:
            answer = original(request)
            key = self._key(request)
            # When an alarm is on at the beginning, ECS watches none for the duration of that deployment.
            if any(map(self._is_on, self._alarms(key))):
                self._passed.add(self._ecs._primary_deployment(self._ecs._services[key])["id"])
            return answer

    def _key(self, request: hooks.Untyped) -> str:
        name, _cluster = self._ecs._resolve_service_ref(request["service"]) or ("", "")
        return f"{self._ecs._resolve_cluster_name(request.get('cluster', 'default'))}/{name}"

    def _alarms(self, key: str) -> list[alarms.Alarm]:
        service = self._ecs._services.get(key) or {}
        configured = (service.get("deploymentConfiguration") or {}).get("alarms") or {}
        if not configured.get("enable"):
            return []
        return [hooks.service("cloudwatch")._alarms[name] for name in configured["alarmNames"]]

    def _is_on(self, alarm: alarms.Alarm) -> bool:
        return alarms.is_on(alarm, self._metrics)

    def _complete(
        self,
        original: hooks.Original,
        cluster: str,
        key: str,
        expected_deployment_id: str | None = None,
    ) -> None:
        """Complete a deployment that has passed; watch one whose tasks have become healthy."""
        service = self._ecs._services.get(key) or {}
        primary = self._ecs._primary_deployment(service) or {}
        former = [one for one in service.get("deployments", ()) if _is_completed(one)]
        if not self._alarms(key) or not former or primary["id"] in self._passed:
            original(cluster, key, expected_deployment_id)
            return
        if primary["rolloutState"] != "IN_PROGRESS" or not self._is_stable(service, primary):
            return
        with self._lock:
            if primary["id"] in self._begun:
                return
            self._begun.add(primary["id"])
        responses = hooks.core("responses")
        scope = (responses.get_account_id(), responses.get_region())

        def watch() -> None:
            with responses.request_scope(*scope):
                if self._stays_off(cluster, key, primary):
                    self._passed.add(primary["id"])
                    original(cluster, key, primary["id"])
                else:
                    self._go_back(cluster, key, primary)

        threading.Thread(target=watch, daemon=True, name=f"watch-{primary['id']}").start()

    def _is_stable(self, service: hooks.Untyped, deployment: hooks.Untyped) -> bool:
        tasks = [
            task
            for task in self._ecs._tasks.values()
            if task.get("_deployment_id") == deployment["id"] and task.get("_startup_stable")
        ]
        return len(tasks) >= int(service["desiredCount"])

    def _stays_off(self, cluster: str, key: str, deployment: hooks.Untyped) -> bool:
        """End the old tasks, then watch; return whether no alarm has gone on."""
        service, watched = self._ecs._services[key], self._alarms(key)
        for arn, task in list(self._ecs._tasks.items()):
            if (
                task["group"] == f"service:{service['serviceName']}"
                and task["clusterArn"] == service["clusterArn"]
                and task.get("_deployment_id") != deployment["id"]
            ):
                self._ecs._stop_task({"task": arn, "cluster": cluster, "reason": "Replaced"})
        seconds = max(map(alarms.looks_back_seconds, watched))
        deadline = time.monotonic() + seconds + _DELAY_MINUTES * alarms.MINUTE_SECONDS
        groups = {balancer["targetGroupArn"] for balancer in service["loadBalancers"]}
        with self._health.attentive(groups):
            while time.monotonic() < deadline and deployment["rolloutState"] == "IN_PROGRESS":
                self._health.publish(groups)
                if any(map(self._is_on, watched)):
                    return False
                time.sleep(_POLL_SECONDS)
        return True

    def _go_back(self, cluster: str, key: str, failed: hooks.Untyped) -> None:
        """Make the last completed deployment the service's again."""
        service = self._ecs._services[key]
        with hooks.core("concurrency").resource_lock("ecs-service", key):
            former = next(one for one in service["deployments"] if _is_completed(one))
            failed.update(
                status="ACTIVE",
                rolloutState="FAILED",
                rolloutStateReason=ALARM_DETECTED,
                desiredCount=0,
            )
            former.update(
                status="PRIMARY", rolloutState="IN_PROGRESS", desiredCount=service["desiredCount"]
            )
            service["taskDefinition"] = former["taskDefinition"]
            self._passed.add(former["id"])
        self._ecs._reconcile_service_tasks(cluster, key)


def _is_completed(deployment: hooks.Untyped) -> bool:
    return bool(deployment["rolloutState"] == "COMPLETED")
