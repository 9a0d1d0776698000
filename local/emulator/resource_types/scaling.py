"""Application Auto Scaling: ministack has no such service, so targets and policies are records only."""

from __future__ import annotations

from local.emulator import hooks
from local.emulator.resource_types.resource_type import (
    Properties,
    Provisioned,
    ResourceType,
    no_deletion,
)


def _create_target(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    """Register a service for scaling.

    Raises:
        ValueError: there is no such service, as RegisterScalableTarget answers (ValidationException).
    """
    resource_id = properties["ResourceId"]
    if resource_id.removeprefix("service/") not in hooks.service("ecs")._services:
        raise ValueError(f"ECS service doesn't exist: {resource_id}")
    return _reference(properties), {"Id": _reference(properties)}


def _reference(properties: Properties) -> str:
    """What Ref answers: resource, dimension and namespace (AWS::ApplicationAutoScaling::ScalableTarget)."""
    return "|".join(
        properties[name] for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
    )


def _create_policy(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    responses = hooks.core("responses")
    arn = (
        f"arn:aws:autoscaling:{responses.get_region()}:{responses.get_account_id()}:"
        f"scalingPolicy:{responses.new_uuid()}:policyName/{properties['PolicyName']}"
    )
    return arn, {"Arn": arn}


TYPES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ResourceType(
        create=_create_target,
        update=lambda _physical_id, new: (_reference(new), {"Id": _reference(new)}),
        delete=no_deletion,
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ResourceType(
        create=_create_policy,
        update=lambda physical_id, _new: (physical_id, {"Arn": physical_id}),
        delete=no_deletion,
    ),
}
