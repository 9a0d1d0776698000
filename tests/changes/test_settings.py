"""What each change of the settings would do to what runs is known, and on a page."""

import pytest

from instandt_cdk.changes import Stacks, Verdict, examine
from instandt_cdk.changes.difference import CREATE_ONLY
from instandt_cdk.changes.harms import UNKNOWN
from instandt_cdk.changes.rules import KNOWN
from tests.changes import page, schemas
from tests.changes.variations import HARMLESS, HURTING, Variation, all_keys

ALL = (*HURTING, *HARMLESS)
ELSEWHERE = {"environment", "aws.account"}
"""With another one of these, nothing is deployed yet."""


def test_every_setting_is_tried() -> None:
    assert {key for variation in ALL for key in variation.keys} == all_keys() - ELSEWHERE


@pytest.mark.parametrize("variation", ALL, ids=lambda one: ", ".join(one.keys)[:60])
def test_a_change_and_the_way_back_do_what_is_expected(variation: Variation) -> None:
    there, back = variation.findings()
    assert {
        key: tuple(
            page.verdict([finding for finding in findings if key in finding.causes])
            for findings in (there, back)
        )
        for key in variation.keys
    } == {key: variation.expected.get(key, (Verdict.SAFE, Verdict.SAFE)) for key in variation.keys}
    for finding in (*there, *back):
        assert finding.causes, finding.text
        assert finding.harm is not UNKNOWN, finding.text


def test_every_pair_of_choices_is_judged() -> None:
    pairs = page.pairs()
    assert len(pairs) == len(page.choices()) ** 2
    for (one, other), findings in pairs.items():
        assert bool(findings) <= (one != other), (one, findings)
        for finding in findings:
            assert finding.causes, (one, other, finding.text)
            assert finding.harm is not UNKNOWN, (one, other, finding.text)


def test_every_type_has_a_rule() -> None:
    for name, stacks in page.choices().items():
        types = {resource.type for resource in stacks.resources.values()}
        assert {kind for kind in types - KNOWN if not kind.startswith("Custom::")} == set(), name


def test_a_creation_hurts_nothing() -> None:
    assert examine(Stacks({}), page.choices()["prod"]) == []


def test_the_page_is_up_to_date() -> None:
    assert page.FILE.read_text() == page.page(), "run `make docs`"


def test_what_replaces_a_resource_is_as_in_cloudformation_s_schemas() -> None:
    assert CREATE_ONLY.read_text() == schemas.table(), "run `python -m tests.changes.schemas`"
