"""All decisions about a choice, made once."""

from dataclasses import dataclass
from functools import cache

from tests.permissions.account import Account
from tests.permissions.calls import needed_calls
from tests.permissions.decisions import Decision, decide
from tests.permissions.policies import Policies
from tests.support.choices import synthesis_of


@dataclass(frozen=True)
class World:
    """An account after a deployment, and what is decided there."""

    account: Account
    policies: Policies
    decisions: list[Decision]


@cache
def world(choice: str) -> World:
    """Decide all needed calls of a choice."""
    account = Account(synthesis_of(choice))
    policies = Policies(account)
    return World(account, policies, [decide(call, policies) for call in needed_calls(account)])
