"""Whoever has to connect can, nobody else, and what is closed by mistake is noticed."""

import pytest

from instandt_cdk.contract import instandt
from tests.network.closing import each_way_closed
from tests.network.model import Network, Way
from tests.network.promises import promised, tolerated
from tests.network.resources import resources
from tests.support.choices import EVERYTHING, settings_of, synthesis_of

UNUSED = "Services.MigrationTaskSecurityGroup6742E9E9 SecurityGroupEgress"
"""The migration calls nothing by HTTPS, but a group without an egress rule of its own lets everything out."""


def _possible(choice: str) -> set[Way]:
    return set(Network(resources(synthesis_of(choice).templates), settings_of(choice)).ways())


@pytest.mark.parametrize("choice", EVERYTHING)
def test_every_promised_way_is_open(choice: str) -> None:
    assert promised(settings_of(choice)) - _possible(choice) == set()


@pytest.mark.parametrize("choice", EVERYTHING)
def test_no_other_way_is_open(choice: str) -> None:
    settings = settings_of(choice)
    assert _possible(choice) - promised(settings) - tolerated(settings) == set()


def test_the_ways_that_must_never_be_open() -> None:
    for choice in EVERYTHING:
        settings = settings_of(choice)
        ways = promised(settings) | tolerated(settings)
        assert Way("frontend", "database", instandt.DATABASE_PORT) not in ways
        assert {way.target for way in ways if way.source == "cloudfront"} == {"balancer"}
        assert not [way for way in ways if way.source == "internet" or way.target == "instances"]


@pytest.mark.parametrize("choice", ["prod", "closed", "instances", "existing"])
def test_whatever_is_closed_is_noticed(choice: str) -> None:
    settings = settings_of(choice)
    found = resources(synthesis_of(choice).templates)
    needed = promised(settings)
    unnoticed = [
        closed
        for closed, left in each_way_closed(found)
        if needed <= set(Network(left, settings).ways()) and not closed.startswith(UNUSED)
    ]
    assert unnoticed == []
