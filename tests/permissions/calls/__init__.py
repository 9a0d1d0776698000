"""The table: who must be able to call what.

Each function stands for a page of AWS's documentation, or for one of our own functions, and returns the calls
that a template's resources therefore make. CloudFormation's own calls are not here: it calls as the role of
`cdk bootstrap`, an administrator whom only the policies of keys could stop.
"""

from collections.abc import Iterator

from tests.permissions.account import Account
from tests.permissions.calls import (
    containers,
    functions,
    logins,
    machines,
    services,
    state_machines,
)
from tests.permissions.decisions import Call

ROWS = (
    *containers.ROWS,
    *machines.ROWS,
    *functions.ROWS,
    *logins.ROWS,
    *state_machines.ROWS,
    *services.ROWS,
)


def needed_calls(account: Account) -> Iterator[Call]:
    """All calls that must be allowed."""
    for row in ROWS:
        yield from row(account)
