"""CloudFormation resource types that ministack refuses as unrecognized."""

from __future__ import annotations

from local.emulator import hooks
from local.emulator.resource_types import (
    cluster,
    edge,
    images,
    instances,
    network,
    scaling,
)


def install() -> None:
    """Register every type.

    Raises:
        hooks.HookError: ministack carries one of them itself by now.
    """
    registry = hooks.original(hooks.service("cloudformation.provisioners"), "_RESOURCE_HANDLERS")
    for module in (network, instances, cluster, scaling, images, edge):
        for name, resource_type in module.TYPES.items():
            if name in registry:
                raise hooks.HookError(f"ministack carries {name} itself: drop it from the adapter.")
            registry[name] = resource_type.as_handler()
