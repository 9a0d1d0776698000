"""ministack's CloudFormation refuses the logging of a web ACL, of which nothing needs to be kept here.

Mended when `resource_types.add` says so. Reference: AWS::WAFv2::LoggingConfiguration, CloudFormation
Template Reference.
"""

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::WAFv2::LoggingConfiguration", create=_create)


def _create(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    return properties["ResourceArn"], {"ManagedByFirewallManager": False}
