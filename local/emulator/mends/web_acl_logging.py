"""ministack's CloudFormation refuses the logging of a web ACL, of which nothing needs to be kept here.

Mended when `resource_types.add` says so. Reference: AWS::WAFv2::LoggingConfiguration, CloudFormation
Template Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.emulator import resource_types

if TYPE_CHECKING:
    from local.emulator.resource_types import Properties, Provisioned


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::WAFv2::LoggingConfiguration", create=_create)


def _create(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    return properties["ResourceArn"], {"ManagedByFirewallManager": False}
