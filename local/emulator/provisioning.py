"""Resources that take time are waited for beside the event loop, as the requests of others go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

_WAITED_FOR = frozenset({"AWS::ECS::Service", "AWS::RDS::DBInstance"})


def install() -> None:
    """Adapt how a stack goes through its resources."""
    stacks = hooks.service("cloudformation.stacks")

    # ministack provisions these types on the event loop, where waiting for a container or a database
    # would stop the very requests that the container sends.
    @hooks.around(stacks, "_runs_on_worker_thread")
    def waits(original: Callable[..., bool], resource_type: str) -> bool:
        return resource_type in _WAITED_FOR or original(resource_type)

    # ministack leaves a service whose update failed on the failed task definition; CloudFormation
    # sends it back (User Guide, "Stack failure options").
    @hooks.around(stacks, "_sends_back_failed_update")
    def sends_back(original: Callable[..., bool], resource_type: str) -> bool:
        return resource_type == "AWS::ECS::Service" or original(resource_type)
