"""How the adapter reaches into ministack: by name, loudly, and only on the version it was written for."""

import importlib
import importlib.metadata
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

Untyped: TypeAlias = Any
"""What is ministack's own: it has no types."""
Original: TypeAlias = "Callable[..., Any]"
"""A function of ministack that a hook replaces."""
Properties: TypeAlias = dict[str, Any]
"""The properties of a resource in a template."""
Provisioned: TypeAlias = tuple[str, dict[str, Any]]
"""A physical id, which is what Ref answers, and the attributes that Fn::GetAtt answers."""

SUPPORTED_VERSION = "1.5.33"

_TABLE_DEPTH = 2  # ministack's dispatch tables: {action: function} or {type: {verb: function}}


class HookError(RuntimeError):
    """ministack is not what the adapter was written for."""


def require_version() -> None:
    """Refuse any ministack but the one whose private names were read.

    Raises:
        HookError: another version is installed.
    """
    installed = importlib.metadata.version("ministack")
    if installed != SUPPORTED_VERSION:
        raise HookError(
            f"ministack {installed} is installed, but local/emulator adapts {SUPPORTED_VERSION}: "
            "install the locked requirements-dev.txt, or check every hook against the new version."
        )


def service(name: str) -> Untyped:
    """The ministack service module of that name, such as "ecs" or "cloudformation.engine"."""
    return importlib.import_module(f"ministack.services.{name}")


def core(name: str) -> Untyped:
    """The ministack core module of that name, such as "responses"."""
    return importlib.import_module(f"ministack.core.{name}")


def application() -> Untyped:
    """The ministack server."""
    return importlib.import_module("ministack.app")


def original(module: Untyped, name: str) -> Untyped:
    """The module's attribute of that name.

    Raises:
        HookError: there is none.
    """
    try:
        return getattr(module, name)
    except AttributeError:
        raise HookError(
            f"{module.__name__}.{name} is gone from ministack: the hook on it must be rewritten."
        ) from None


def around(module: Untyped, name: str) -> Callable[[Callable[..., Any]], None]:
    """Decorate a replacement that gets the original as its first argument.

    ministack knows a function under several names (imports, dispatch tables); all are replaced.

    Raises:
        HookError: the module has no such function.
    """
    replaced = original(module, name)

    def install(replacement: Callable[..., Any]) -> None:
        def hooked(*args: Untyped, **kwargs: Untyped) -> Untyped:
            return replacement(replaced, *args, **kwargs)

        for loaded_name, loaded in list(sys.modules.items()):
            if loaded_name.partition(".")[0] == "ministack":
                _substitute(vars(loaded), replaced, hooked, depth=_TABLE_DEPTH)

    return install


def assign(module: Untyped, name: str, value: object) -> None:
    """Set a module's constant or variable that exists already.

    Raises:
        HookError: the module has no such name.
    """
    original(module, name)
    setattr(module, name, value)


def _substitute(
    table: dict[Any, Any], replaced: object, replacement: object, *, depth: int
) -> None:
    for key, value in list(table.items()):
        if value is replaced:
            table[key] = replacement
        elif depth and type(value) is dict:
            _substitute(value, replaced, replacement, depth=depth - 1)
