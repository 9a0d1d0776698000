"""CloudFormation waits for a service: its resource is complete when the deployment is."""

import time

from local.emulator import hooks

_TIMEOUT_SECONDS = 600
_POLL_SECONDS = 0.1
_BREAKER_TRIGGERED = (
    "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
)


def install() -> None:
    """Adapt how services are created and updated."""
    ecs = hooks.service("ecs")

    # ministack calls a service's first deployment completed before it began.
    @hooks.around(ecs, "_make_deployment")
    def deployment(
        original: hooks.Original,
        definition: str,
        desired_count: int,
        *arguments: object,
    ) -> hooks.Untyped:
        made = original(definition, desired_count, *arguments)
        begun = {"rolloutState": "IN_PROGRESS", "rolloutStateReason": "ECS deployment in progress."}
        return made | begun if desired_count else made

    # ministack's resource is complete when the request was accepted. It makes services on the event
    # loop, where waiting would stop the requests that the containers send.
    provisioners = hooks.service("cloudformation.provisioners")
    hooks.around(hooks.service("cloudformation.stacks"), "_runs_on_worker_thread")(
        lambda original, resource_type: (
            resource_type == "AWS::ECS::Service" or original(resource_type)
        )
    )

    @hooks.around(provisioners, "_ecs_service_create")
    def create(
        original: hooks.Original, logical_id: str, properties: object, stack: str
    ) -> hooks.Provisioned:
        arn, attributes = original(logical_id, properties, stack)
        try:
            _await_steady_state(ecs, _key(arn))
        except ValueError:
            # The rollback of a stack deletes only resources that were completed.
            provisioners._ecs_service_delete(arn, properties)
            raise
        return arn, attributes

    @hooks.around(provisioners, "_ecs_service_update")
    def update(original: hooks.Original, *arguments: object) -> hooks.Provisioned:
        arn, attributes = original(*arguments)
        _await_steady_state(ecs, _key(arn))
        return arn, attributes


def _key(service_arn: str) -> str:
    """The key in ministack's table of services: cluster/service."""
    return service_arn.partition(":service/")[2]


def _await_steady_state(ecs: hooks.Untyped, key: str) -> None:
    """Wait until the newest deployment runs as many tasks as it should.

    Raises:
        ValueError: the circuit breaker was triggered, as CloudFormation words it, or time is up.
    """
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
            raise ValueError(_BREAKER_TRIGGERED)
        if settled:
            return
        time.sleep(_POLL_SECONDS)
    raise ValueError(f"The service {key} did not stabilize within {_TIMEOUT_SECONDS} seconds.")
