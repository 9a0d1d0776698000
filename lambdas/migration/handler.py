"""Entry point of the function, which starts a migration and reports its outcome."""

from typing import Any

from migration import report, request


def handle(event: dict[str, Any], context: object) -> dict[str, Any] | None:
    """Start the state machine for CloudFormation, or report the outcome as the state machine's last step."""
    if "Execution" in event:
        return report.handle(event, context)
    request.handle(event, context)
    return None
