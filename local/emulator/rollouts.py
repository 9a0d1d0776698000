"""CloudFormation waits for a service: its resource is complete when the deployment is."""

import time

from local.emulator import hooks, resource_types
from local.emulator.deployment_watch import ALARM_DETECTED

_TIMEOUT_SECONDS = 600
_POLL_SECONDS = 0.1
_BREAKER_TRIGGERED = (
    "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
)


def install() -> None:
    """Adapt how services are created and updated."""
    ecs = hooks.service("ecs")

    # ministack calls the first deployment of a service completed when it has only begun.
    @hooks.around(ecs, "_make_deployment")
    def deployment(original: hooks.Original, task: str, count: int, *more: object) -> hooks.Untyped:
        begun = {"rolloutState": "IN_PROGRESS", "rolloutStateReason": "ECS deployment in progress."}
        return original(task, count, *more) | (begun if count else {})

    # ministack's resource is complete when the request was accepted.
    resource_types.make_in_thread("AWS::ECS::Service")
    provisioners = hooks.service("cloudformation.provisioners")

    @hooks.around(provisioners, "_ecs_service_create")
    def create(original: hooks.Original, *arguments: object) -> hooks.Provisioned:
        arn, attributes = original(*arguments)
        try:
            _await_steady_state(ecs, arn)
        except ValueError:
            # The rollback of a stack deletes only resources that were completed.
            provisioners._ecs_service_delete(arn, arguments[1])
            raise
        return arn, attributes

    @hooks.around(provisioners, "_ecs_service_update")
    def update(original: hooks.Original, *arguments: object) -> hooks.Provisioned:
        arn, attributes = original(*arguments)
        _await_steady_state(ecs, arn)
        return arn, attributes


def _await_steady_state(ecs: hooks.Untyped, service_arn: str) -> None:
    """Wait until the newest deployment runs as many tasks as it should.

    Raises:
        ValueError: the circuit breaker was triggered, as CloudFormation words it, or an alarm went on, or
            time is up.
    """
    key = service_arn.partition(":service/")[2]
    newest = ecs._primary_deployment(ecs._services[key])["id"]
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        service = ecs._services[key]
        primary = ecs._primary_deployment(service)
        settled = (
            primary["rolloutState"] != "IN_PROGRESS"
            and service["runningCount"] == service["desiredCount"]
        )
        if primary["rolloutState"] == "FAILED" or (settled and primary["id"] != newest):
            raise ValueError(_reason(service, newest))
        if settled:
            return
        time.sleep(_POLL_SECONDS)
    raise ValueError(f"The service {key} did not stabilize within {_TIMEOUT_SECONDS} seconds.")


def _reason(service: hooks.Untyped, deployment: str) -> str:
    """Why a deployment has failed."""
    for one in service["deployments"]:
        if one["id"] == deployment and one["rolloutStateReason"] == ALARM_DETECTED:
            return f"Error occurred during operation '{ALARM_DETECTED}'"
    return _BREAKER_TRIGGERED
