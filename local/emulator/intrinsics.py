"""Fn::GetStackOutput as CloudFormation documents it: of a stack in the region that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped

_FUNCTION = "Fn::GetStackOutput"


def install() -> None:
    """Adapt the resolution of intrinsic functions."""
    responses = hooks.core("responses")

    # ministack looks for the stack in the consumer's region only; the edge reads from the main region.
    @hooks.around(hooks.service("cloudformation.engine"), "_resolve_refs")
    def resolve(original: Callable[..., Any], value: Untyped, *context: Untyped) -> Untyped:
        if not (isinstance(value, dict) and _FUNCTION in value):
            return original(value, *context)
        reference = original(value[_FUNCTION], *context)
        region = reference.get("Region") or responses.get_region()
        with responses.request_scope(responses.get_account_id(), region):
            return original({_FUNCTION: reference}, *context)
