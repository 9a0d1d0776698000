"""A policy may limit which records of a zone are changed.

ministack sets none of the condition keys, and the conditions of ForAllValues hold without a value. AWS
documents the keys: "Using IAM policy conditions for fine-grained access control", Route 53 Developer Guide.

Mended when test_a_policy_limits_which_records_are_changed passes without this file.
"""

import re
from collections.abc import Callable

from local.emulator import hooks

_KEYS: dict[str, tuple[str, Callable[[str], str]]] = {
    "NormalizedRecordNames": ("Name", lambda name: name.rstrip(".").lower()),
    "RecordTypes": ("Type", str),
    "Actions": ("Action", str),
}
"""The end of each key, the element of the request that holds its values, and how a value is normalized."""


def install() -> None:
    """Set the keys."""

    @hooks.around(hooks.core("iam_actions"), "request_tag_context")
    def context(
        original: hooks.Original, service: str, action: str, body: bytes, *more: object
    ) -> hooks.Untyped:
        found = original(service, action, body, *more)
        if action != "route53:ChangeResourceRecordSets":
            return found
        changes = {
            f"{action}{key}": [
                normalize(value)
                for value in re.findall(f"<{element}>([^<]*)</{element}>", body.decode())
            ]
            for key, (element, normalize) in _KEYS.items()
        }
        return found | changes
