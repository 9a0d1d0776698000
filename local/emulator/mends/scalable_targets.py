"""ministack has no Application Auto Scaling; here targets and policies are created, but nothing scales.

Mended when `resource_types.add` says so. Reference: AWS::ApplicationAutoScaling::ScalableTarget and
AWS::ApplicationAutoScaling::ScalingPolicy, CloudFormation Template Reference.
"""

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the types."""
    resource_types.add("AWS::ApplicationAutoScaling::ScalableTarget", create=_create_target)
    resource_types.add("AWS::ApplicationAutoScaling::ScalingPolicy", create=_create_policy)


def _create_target(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    """Register a service for scaling.

    Raises:
        ValueError: there is no such service, as RegisterScalableTarget answers (ValidationException).
    """
    resource_id = properties["ResourceId"]
    if resource_id.removeprefix("service/") not in hooks.service("ecs")._services:
        raise ValueError(f"ECS service doesn't exist: {resource_id}")
    names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    reference = "|".join(properties[name] for name in names)
    return reference, {"Id": reference}


def _create_policy(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    responses = hooks.core("responses")
    arn = (
        f"arn:aws:autoscaling:{responses.get_region()}:{responses.get_account_id()}:"
        f"scalingPolicy:{responses.new_uuid()}:policyName/{properties['PolicyName']}"
    )
    return arn, {"Arn": arn}
