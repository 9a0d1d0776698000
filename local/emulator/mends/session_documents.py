"""ministack's CloudFormation refuses Session Manager's documents, of which nothing needs to be kept here.

Mended when `resource_types.add` says so. Reference: AWS::SSM::Document, CloudFormation Template Reference.
"""

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::SSM::Document", create=_create)


def _create(logical_id: str, _properties: hooks.Properties, stack: str) -> hooks.Provisioned:
    return f"{stack}-{logical_id}", {}
