"""Every grant is needed: without it some call would be denied."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import pytest

from tests.permissions.decisions import decide
from tests.permissions.policies import Grant, Policies
from tests.permissions.unneeded import MOST, UNNEEDED
from tests.permissions.world import World, world
from tests.support.choices import EVERYTHING


@dataclass(frozen=True)
class Part:
    """A statement, one of its actions, or one of its resources."""

    policy: str
    number: int
    action: str | None = None
    resource: str | None = None

    def holds(self, grant: Grant) -> bool:
        """Whether the grant goes when this part goes."""
        return (
            (grant.policy, grant.number) == (self.policy, self.number)
            and self.action in (None, grant.action)
            and self.resource in (None, grant.resource)
        )


def _allowing(policies: Policies) -> list[Grant]:
    return [
        grant for grant in policies.all() if grant.document["Statement"][0]["Effect"] == "Allow"
    ]


def _parts(allowing: list[Grant]) -> Iterator[Part]:
    for grant in allowing:
        statement = Part(grant.policy, grant.number)
        yield statement
        yield replace(statement, action=grant.action)
        yield replace(statement, resource=grant.resource)


def _is_needed(part: Part, asked: World) -> bool:
    """Whether a call is denied without the part, judged by the grants that match each call."""
    return any(
        not decision.allowed(lambda grant: not part.holds(grant))
        for decision in asked.decisions
        if any(part.holds(grant) for grant in decision.matching)
    )


def _is_excused(grant: Grant) -> bool:
    return any(unneeded.covers(grant) for unneeded in UNNEEDED)


@pytest.mark.parametrize("choice", EVERYTHING)
def test_without_any_part_of_any_policy_a_call_is_denied(choice: str) -> None:
    asked = world(choice)
    allowing = _allowing(asked.policies)
    assert len(allowing) > 150
    unneeded = [
        part
        for part in dict.fromkeys(_parts(allowing))
        if not _is_needed(part, asked)
        and not all(_is_excused(grant) for grant in allowing if part.holds(grant))
    ]
    assert unneeded == [], "Add the calls to tests/permissions/calls, or take the grants away."


def test_few_grants_stay_without_a_need_and_each_is_still_there() -> None:
    staying = set()
    for unneeded in UNNEEDED:
        covered = {
            (grant.policy, grant.action)
            for choice in EVERYTHING
            for grant in _allowing(world(choice).policies)
            if unneeded.covers(grant)
            and not _is_needed(Part(grant.policy, grant.number, grant.action), world(choice))
        }
        assert {action for _, action in covered} == unneeded.actions, unneeded.reason
        staying |= covered
    assert len(staying) <= MOST


@pytest.mark.parametrize("choice", ["prod", "copy"])
def test_a_sample_is_asked_again_without_the_statement(choice: str) -> None:
    asked = world(choice)
    statements = dict.fromkeys(
        Part(grant.policy, grant.number)
        for grant in _allowing(asked.policies)
        if not _is_excused(grant)
    )
    for statement in islice(statements, 0, None, 7):
        fewer = Policies(asked.account)
        for group in (fewer.of_identity, fewer.of_resource):
            for arn, found in group.items():
                group[arn] = [grant for grant in found if not statement.holds(grant)]
        assert not all(decide(past.call, fewer).allowed() for past in asked.decisions), statement
