"""ministack's CloudFormation refuses pull-through cache rules, and templates of their repositories.

Here they are checked as ECR checks them. Mended when `resource_types.add` says so. Reference:
CreatePullThroughCacheRule and CreateRepositoryCreationTemplate, Amazon ECR API Reference.
"""

import json

from local.emulator import hooks, resource_types

_PREFIX_LENGTHS = range(2, 31)
_SECRET_NAME_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 - a name, no secret


def install() -> None:
    """Add the types."""
    resource_types.add("AWS::ECR::PullThroughCacheRule", create=_create_rule)
    resource_types.add("AWS::ECR::RepositoryCreationTemplate", create=_create_template)


def _create_rule(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
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


def _create_template(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    """Check the template; no repository is made.

    Raises:
        ValueError: the lifecycle policy cannot be read, or ECR would fail to make a repository with the
            template: it may set tags or keys in a role of its user's only (aws/containers-roadmap#2398).
    """
    json.loads(properties.get("LifecyclePolicy", "{}"))
    encryption = properties.get("EncryptionConfiguration", {}).get("EncryptionType", "AES256")
    if "CustomRoleArn" not in properties and (
        properties.get("ResourceTags") or encryption != "AES256"
    ):
        raise ValueError("A template with tags or KMS needs a CustomRoleArn.")
    return properties["Prefix"], {"CreatedAt": "", "UpdatedAt": ""}
