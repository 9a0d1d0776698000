"""What belongs to a secret: its resource policy and its rotation schedule."""

from __future__ import annotations

import json

from local.emulator import hooks
from local.emulator.resource_types.resource_type import (
    Properties,
    Provisioned,
    ResourceType,
    raise_for_error,
)


def _put_policy(physical_id: str, properties: Properties) -> Provisioned:
    policy = properties["ResourcePolicy"]
    raise_for_error(
        hooks.service("secretsmanager")._put_resource_policy(
            {
                "SecretId": physical_id,
                "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy),
            }
        )
    )
    return physical_id, {"Id": physical_id}


def _delete_policy(physical_id: str, _properties: Properties) -> None:
    hooks.service("secretsmanager")._delete_resource_policy({"SecretId": physical_id})


def _schedule(physical_id: str, properties: Properties) -> Provisioned:
    """Record the schedule; nothing rotates, because a rotation Lambda's schedule is in days.

    Raises:
        ValueError: there is no such secret.
    """
    _name, secret = hooks.service("secretsmanager")._resolve(physical_id)
    if secret is None:
        raise ValueError(f"Secrets Manager can't find the specified secret: {physical_id}")
    secret.update(
        RotationEnabled=True,
        RotationLambdaARN=properties.get("RotationLambdaARN"),
        RotationRules=properties.get("RotationRules"),
    )
    return physical_id, {"Id": physical_id}


def _unschedule(physical_id: str, _properties: Properties) -> None:
    _name, secret = hooks.service("secretsmanager")._resolve(physical_id)
    if secret is not None:
        secret.update(RotationEnabled=False, RotationLambdaARN=None, RotationRules=None)


TYPES = {
    "AWS::SecretsManager::ResourcePolicy": ResourceType(
        create=lambda _logical_id, new, _stack: _put_policy(new["SecretId"], new),
        update=_put_policy,
        delete=_delete_policy,
    ),
    "AWS::SecretsManager::RotationSchedule": ResourceType(
        create=lambda _logical_id, new, _stack: _schedule(new["SecretId"], new),
        update=_schedule,
        delete=_unschedule,
    ),
}
