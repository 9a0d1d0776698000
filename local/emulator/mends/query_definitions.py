"""ministack's CloudFormation refuses saved queries of logs, of which nothing needs to be kept here.

Mended when `resource_types.add` says so. Reference: AWS::Logs::QueryDefinition, CloudFormation Template
Reference.
"""

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::Logs::QueryDefinition", create=_create)


def _create(logical_id: str, _properties: hooks.Properties, stack: str) -> hooks.Provisioned:
    identifier = f"{stack}-{logical_id}"
    return identifier, {"QueryDefinitionId": identifier}
