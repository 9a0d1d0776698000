"""ministack's CloudFormation refuses pull-through cache rules; here they are checked as ECR checks them.

Mended when `resource_types.add` says so. Reference: CreatePullThroughCacheRule, Amazon ECR API Reference.
"""

from local.emulator import hooks, resource_types

_PREFIX_LENGTHS = range(2, 31)
_SECRET_NAME_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 - a name, no secret


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::ECR::PullThroughCacheRule", create=_create)


def _create(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    """Check the rule; nothing is cached.

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
