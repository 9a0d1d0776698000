"""Entry point of the function: for CloudFormation, for Secrets Manager, and for a restore."""

from typing import Any

from custom_resource import Context, respond
from logins.errors import LoginsError
from logins.protocol import REPAIR
from logins.work import Work

PHYSICAL_ID = "database-logins"
"""It never changes: logins are looked after, and go with the database."""


def handle(event: dict[str, Any], context: Context) -> None:
    """Do a step of a rotation, or look after the logins.

    Raises:
        LoginsError: It failed. The message is for the operator.
    """
    if "Step" in event:
        Work.of(context).rotate(event)
    elif event["RequestType"] == REPAIR:
        Work.of(context).look_after_logins()
    else:
        _answer(event, context)


def _answer(event: dict[str, Any], context: Context) -> None:
    """Answer CloudFormation."""
    failure = None
    try:
        if event["RequestType"] != "Delete":
            Work.of(context).look_after_logins()
    except LoginsError as error:
        failure = f"The database's logins could not be made: {error}"
    except Exception as error:
        respond(
            event,
            physical_id=PHYSICAL_ID,
            failure=f"The database's logins could not be made: {type(error).__name__}; the log of the "
            "function has details.",
        )
        raise
    print(failure or "CloudFormation's request: done")
    respond(event, physical_id=PHYSICAL_ID, failure=failure)
