"""AWS answers what the emulator does not."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

Ask = Callable[[], Any]
"""Returns what the emulator answers."""


def change(
    monkeypatch: pytest.MonkeyPatch, changed: Callable[[str, dict[str, Any], Ask], Any]
) -> None:
    """Have the clients of this process get what `changed` returns.

    Args:
        monkeypatch: Of the test.
        changed: Takes an operation's name, such as "DescribeServices", what is given to it, and a function
            that asks the emulator.
    """
    call: Any = vars(BaseClient)["_make_api_call"]

    def calls(client: BaseClient, operation: str, given: dict[str, Any]) -> object:
        try:
            return changed(operation, given, lambda: call(client, operation, given))
        except ClientError as error:
            # Each client has classes of its own for the errors of its service.
            kind: Any = client.exceptions.from_code(error.response["Error"]["Code"])
            raise kind(error.response, operation) from None

    monkeypatch.setattr(BaseClient, "_make_api_call", calls)


def refuse(operation: str, code: str) -> None:
    """Raise AWS's error with a code."""
    raise ClientError({"Error": {"Code": code}}, operation)
