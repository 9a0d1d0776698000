"""A stack whose first creation was rolled back cannot be updated, only deleted.

ministack accepts a change set that updates it. AWS refuses: "Stack status codes" (ROLLBACK_COMPLETE), AWS
CloudFormation User Guide.

Mended when test_a_rolled_back_creation_can_only_be_deleted passes without this file.
"""

from typing import Any

from local.emulator import hooks


def install() -> None:
    """Refuse such change sets."""
    handlers = hooks.service("cloudformation.handlers")

    @hooks.around(hooks.service("cloudformation.changesets"), "_create_change_set")
    def create(original: hooks.Original, request: dict[str, Any]) -> hooks.Untyped:
        stack = handlers._resolve_stack(handlers._p(request, "StackName")) or {}
        kind = handlers._p(request, "ChangeSetType", "UPDATE")
        if kind == "UPDATE" and stack.get("StackStatus") == "ROLLBACK_COMPLETE":
            reason = (
                f"Stack:{stack['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
            )
            return handlers._error("ValidationError", reason)
        return original(request)
