"""The ECS services that use a secret, and their replacement task by task.

A task reads its secrets when it starts, and never again ("Pass sensitive data to an Amazon ECS container",
Amazon ECS Developer Guide). `make rotate` replaces services with this, too.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from logins.errors import LoginsError

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef, TaskTypeDef

PAUSE_SECONDS = 3


class NotYetError(LoginsError):
    """Something takes longer than there is time for. The same call goes on later."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services of a cluster whose tasks are given a secret."""

    cluster: str
    secrets: frozenset[str]
    """The ARNs of the secrets."""
    client: "ECSClient"
    is_time_up: Callable[[], bool] = lambda: False
    tell: Callable[[str], object] = print
    _users: dict[str, bool] = field(default_factory=dict, init=False, repr=False)

    def replace(self) -> None:
        """Replace all tasks, one service after the other, and wait for the new ones to be healthy.

        A rollout that is under way ends first, so none is overtaken: neither CloudFormation's nor another.

        Raises:
            NotYetError: There is no time left.
            LoginsError: New tasks do not become healthy; the former ones go on.
        """
        for name in self._names():
            self._wait(partial(self._is_steady, name), f"the rollout of {name} to end")
            forced = self.client.update_service(
                cluster=self.cluster, service=name, forceNewDeployment=True
            )["service"]
            begun = _primary(forced)["createdAt"]
            self.tell(f"{name}: its tasks are being replaced")
            self._wait(partial(self._is_replaced, name, begun), f"the new tasks of {name}")
            self.tell(f"{name}: all its new tasks are healthy")

    def await_end_of_former_tasks(self) -> None:
        """Wait until no task is left that started before the newest deployment of every service.

        A task that was told to stop still finishes its uploads, and a migration runs to its end.

        Raises:
            NotYetError: There is no time left.
        """
        self._wait(lambda: not self._former_tasks(), "former tasks to finish what they do")

    def _names(self) -> list[str]:
        """The services whose tasks use a secret, in the alphabet's order: the backend comes first."""
        pages = self.client.get_paginator("list_services").paginate(cluster=self.cluster)
        arns = [arn for page in pages for arn in page["serviceArns"]]
        services = [self._described(arn) for arn in sorted(arns)]
        return [s["serviceName"] for s in services if self._is_user(s["taskDefinition"])]

    def _described(self, name: str) -> "ServiceTypeDef":
        (service,) = self.client.describe_services(cluster=self.cluster, services=[name])[
            "services"
        ]
        return service

    def _is_user(self, definition: str) -> bool:
        """Whether a task definition names one of the secrets."""
        if definition not in self._users:
            described = self.client.describe_task_definition(taskDefinition=definition)
            self._users[definition] = any(
                secret["valueFrom"].startswith(tuple(self.secrets))
                for container in described["taskDefinition"]["containerDefinitions"]
                for secret in container.get("secrets", [])
            )
        return self._users[definition]

    def _is_steady(self, name: str) -> bool:
        return _primary(self._described(name)).get("rolloutState") != "IN_PROGRESS"

    def _is_replaced(self, name: str, begun: datetime) -> bool:
        service = self._described(name)
        primary = _primary(service)
        if primary["createdAt"] < begun or primary.get("rolloutState") == "FAILED":
            events = [event["message"] for event in service.get("events", [])[:3]]
            raise LoginsError(
                f"The new tasks of {name} did not become healthy, so ECS went back to the former ones: "
                f"{' '.join(events)} They go on with what they have; look into their log, and rotate again."
            )
        if primary.get("rolloutState") == "COMPLETED":
            return True
        # Draining tasks delay the end of a rollout for as long as uploads take, but nobody needs to wait.
        running = [t for t in self._tasks("RUNNING") if t.get("group") == f"service:{name}"]
        return (
            primary["runningCount"] >= service["desiredCount"]
            and all(_since(task, begun) for task in running)
            and sum(task.get("lastStatus") == "RUNNING" for task in running)
            >= service["desiredCount"]
        )

    def _former_tasks(self) -> list["TaskTypeDef"]:
        newest = [_primary(self._described(name))["createdAt"] for name in self._names()]
        return [
            task
            for status in ("RUNNING", "STOPPED")
            for task in self._tasks(status)
            if task.get("lastStatus") != "STOPPED"
            and self._is_user(task["taskDefinitionArn"])
            and not (newest and _since(task, min(newest)))
        ]

    def _tasks(self, status: str) -> Iterator["TaskTypeDef"]:
        """The cluster's tasks that are to run, or that are to stop but may not have."""
        pages = self.client.get_paginator("list_tasks").paginate(
            cluster=self.cluster,
            desiredStatus=status,  # type: ignore[arg-type]
        )
        for page in pages:
            if page["taskArns"]:
                yield from self.client.describe_tasks(cluster=self.cluster, tasks=page["taskArns"])[
                    "tasks"
                ]

    def _wait(self, is_done: Callable[[], bool], what: str) -> None:
        while not is_done():
            if self.is_time_up():
                raise NotYetError(f"No time is left to wait for {what}; the next run goes on.")
            time.sleep(PAUSE_SECONDS)


def _primary(service: "ServiceTypeDef") -> "DeploymentTypeDef":
    """The newest deployment of a service."""
    return next(d for d in service["deployments"] if d["status"] == "PRIMARY")


def _since(task: "TaskTypeDef", moment: datetime) -> bool:
    """Whether a task started then or later. One that has not started yet has no time."""
    return "createdAt" not in task or task["createdAt"] >= moment
