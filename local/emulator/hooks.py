"""How the adapter replaces private names of ministack.

Only one version of ministack is accepted, and a name that is missing is an error.
"""

import importlib
import importlib.metadata
import sys
from collections.abc import Callable
from typing import Any

Untyped = Any
"""A value of ministack, which has no types."""
Original = Callable[..., Any]
"""A function of ministack that is replaced."""
Properties = dict[str, Any]
"""The properties of a resource in a template."""
Provisioned = tuple[str, dict[str, Any]]
"""A physical id, which is the value of Ref, and the attributes for Fn::GetAtt."""

SUPPORTED_VERSION = "1.5.33"

_TABLE_DEPTH = (
    2  # ministack's tables of functions are {action: function} and {type: {verb: function}}.
)


class HookError(RuntimeError):
    """The adapter does not fit the installed ministack."""


def require_version() -> None:
    """Refuse any version of ministack but the one for which the adapter was written.

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
    """Return the module's attribute of that name.

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
    """Decorate the replacement of a function; it gets the original as its first argument.

    ministack keeps a function under several names (imports, tables of functions), and all are replaced.

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
    """Set a variable of a module.

    Raises:
        HookError: the module has no such variable.
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
