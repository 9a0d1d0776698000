"""What CloudFormation asks of a resource type, in ministack's terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Properties = dict[str, Any]
Provisioned = tuple[str, dict[str, Any]]
"""The physical id, which is what Ref answers, and the attributes that Fn::GetAtt answers."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """Creates, deletes and, unless a change replaces the resource, updates in place."""

    create: Callable[[str, Properties, str], Provisioned]
    """Called with logical id, properties and stack name."""
    delete: Callable[[str, Properties], None]
    """Called with physical id and properties."""
    update: Callable[[str, Properties], Provisioned] | None = None
    """Called with physical id and new properties; without it every change is a replacement."""

    def as_handler(self) -> dict[str, Any]:
        """The entry of ministack's table of resource types."""
        handler: dict[str, Any] = {"create": self.create, "delete": self.delete}
        if update := self.update:
            handler["update"] = lambda physical_id, _old, new, _stack: update(physical_id, new)
        return handler


def no_deletion(_physical_id: str, _properties: Properties) -> None:
    """Nothing is kept beyond CloudFormation's own record."""


def given(properties: Properties, *names: str) -> Properties:
    """Those of the named properties that the template sets."""
    return {name: properties[name] for name in names if name in properties}


def raise_for_error(response: tuple[int, Any, bytes | str]) -> str:
    """The body of a ministack answer.

    Raises:
        ValueError: the service refused; the message is the service's own.
    """
    status, _headers, body = response
    text = body.decode() if isinstance(body, bytes) else body
    if status >= 400:
        raise ValueError(text)
    return text


def element(xml: str, name: str) -> str:
    """The text of the first element of that name in a query API's answer."""
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    if not found:
        raise ValueError(f"the service's answer holds no {name}: {xml}")
    return found.group(1)
