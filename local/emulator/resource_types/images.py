"""Where images come from: the pull-through cache rule, checked as ECR checks it, otherwise a record."""

from __future__ import annotations

from local.emulator import hooks
from local.emulator.resource_types.resource_type import (
    Properties,
    Provisioned,
    ResourceType,
    no_deletion,
)

_PREFIX_LENGTHS = range(2, 31)
_SECRET_NAME_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 - a name, no secret


def _create_rule(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    """Create the rule.

    Raises:
        ValueError: prefix or credentials are not as CreatePullThroughCacheRule demands.
    """
    prefix = properties["EcrRepositoryPrefix"]
    if len(prefix) not in _PREFIX_LENGTHS:
        raise ValueError(f"The repository prefix '{prefix}' must have 2 to 30 characters.")
    if credentials := properties.get("CredentialArn"):
        _name, secret = hooks.service("secretsmanager")._resolve(credentials)
        if secret is None or not secret["Name"].startswith(_SECRET_NAME_PREFIX):
            raise ValueError(
                f"The secret {credentials} must exist and its name start with {_SECRET_NAME_PREFIX}."
            )
    return prefix, {}


TYPES = {
    "AWS::ECR::PullThroughCacheRule": ResourceType(create=_create_rule, delete=no_deletion),
}
