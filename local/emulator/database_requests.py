"""Requests to RDS about instances, and how it refuses them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from local.emulator import hooks

Asked = dict[str, Any]
"""A request as ministack hands it over."""
SETTLING_SECONDS = 0.5
"""How long an instance is busy at least, so that a client which does not wait is noticed."""


class RefusedError(Exception):
    """RDS refuses: its code and its words."""


def answered(request: Callable[..., hooks.Untyped]) -> Callable[..., hooks.Untyped]:
    """Answer with what RDS says when it refuses."""

    @wraps(request)
    def answer(*arguments: hooks.Untyped) -> hooks.Untyped:
        try:
            return request(*arguments)
        except RefusedError as refused:
            return hooks.service("rds")._error(*refused.args, 400)

    return answer


def values(asked: Asked) -> dict[str, str]:
    """The request's parameters that are texts."""
    return {key: hooks.service("rds")._p(asked, key) for key in asked}


def available(name: str) -> hooks.Untyped:
    """The record of an instance which is not busy.

    Raises:
        RefusedError: There is none of the name or resource id, or it is busy.
    """
    record = hooks.service("rds")._resolve_instance(name)
    if not record:
        raise RefusedError("DBInstanceNotFound", f"DBInstance {name} not found.")
    if record["DBInstanceStatus"] != "available":
        raise RefusedError("InvalidDBInstanceState", f"{name} is {record['DBInstanceStatus']}.")
    return record


def refuse_taken(name: str) -> None:
    """Refuse a name that an instance has.

    Raises:
        RefusedError: One has it.
    """
    if name in hooks.service("rds")._instances:
        raise RefusedError("DBInstanceAlreadyExists", "DB instance already exists")
