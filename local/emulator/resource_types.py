"""How ministack's CloudFormation handles a type of resource."""

import re
from collections.abc import Callable
from typing import Any

from local.emulator import hooks


def add(
    name: str,
    *,
    create: Callable[[str, hooks.Properties, str], hooks.Provisioned],
    delete: Callable[[str, hooks.Properties], None] = lambda _physical_id, _properties: None,
    update: Callable[[str, hooks.Properties], hooks.Provisioned] | None = None,
) -> None:
    """Add a resource type.

    Args:
        name: Such as "AWS::EC2::EIP".
        create: Called with logical id, properties and name of the stack.
        delete: Called with physical id and properties; leave it out when nothing is kept.
        update: Called with physical id and new properties; without it `create` is called again.

    Raises:
        HookError: ministack knows the type itself by now.
    """
    known = hooks.original(hooks.service("cloudformation.provisioners"), "_RESOURCE_HANDLERS")
    if name in known:
        raise hooks.HookError(f"ministack knows {name} itself: drop it from local/emulator/mends.")
    known[name] = {"create": create, "delete": delete}
    if update:
        known[name]["update"] = lambda physical_id, _old, new, _stack: update(physical_id, new)


def make_in_thread(name: str) -> None:
    """Create resources of a type off the event loop, where waiting for one would stop all requests."""
    hooks.around(hooks.service("cloudformation.stacks"), "_runs_on_worker_thread")(
        lambda original, resource_type: resource_type == name or original(resource_type)
    )


def given(properties: hooks.Properties, *names: str) -> hooks.Properties:
    """Those of the named properties that the template sets."""
    return {name: properties[name] for name in names if name in properties}


def tag(resource_id: str, properties: hooks.Properties) -> None:
    """Give an EC2 resource the tags of the template."""
    hooks.service("cloudformation.provisioners")._ec2_apply_tags(resource_id, properties)


def body(response: tuple[int, Any, bytes | str]) -> str:
    """The body of a service's response.

    Raises:
        ValueError: the service refused; says why in the service's own words.
    """
    status, _headers, content = response
    text = content.decode() if isinstance(content, bytes) else content
    if status >= 400:
        message = re.search("<Message>([^<]*)</Message>", text)
        raise ValueError(message[1] if message else text)
    return text


def element(xml: str, name: str) -> str:
    """The text of the first element of that name in a response of EC2.

    Raises:
        ValueError: there is none.
    """
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    if not found:
        raise ValueError(f"the service's response has no {name}: {xml}")
    return found[1]
