"""Entry point of the function: CloudFormation's request to migrate, and the report on the outcome."""

from typing import Any

from migration import report, request


def handle(event: dict[str, Any], context: object) -> dict[str, Any] | None:
    """Start the state machine at CloudFormation's request; report when it calls back, as its last step."""
    if "Execution" in event:
        return report.handle(event, context)
    request.handle(event, context)
    return None
