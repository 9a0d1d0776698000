"""Why a stack failed is found among CloudFormation's events."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from instandt_cdk.commands.bundle import stacks
from instandt_cdk.commands.deployed import Deployed
from tests.bundle.environment import Faulty
from tests.support.answers import Ask, change
from tests.support.emulated import Cloud

STACK = "instandt-rolled-back-secrets"


def _event(logical_id: str, status: str, reason: str = "", **more: str) -> dict[str, Any]:
    """An event as CloudFormation has it; one of a resource that was never made has no physical id."""
    event = {"StackId": "arn:it", "LogicalResourceId": logical_id, "ResourceStatus": status}
    return event | {"ResourceStatusReason": reason} | more


def test_what_failed_first_is_the_first_sign_however_much_came_after_it(
    cloud: Cloud, environment: Callable[[str], Deployed], monkeypatch: pytest.MonkeyPatch
) -> None:
    Faulty(cloud, "rolled-back").fail("of no interest")
    itself = {"PhysicalResourceId": "arn:it"}
    rollback = [_event(f"R{number}", "DELETE_COMPLETE") for number in range(stacks.MOST_EVENTS)]
    pages = {
        "": [_event("it", "ROLLBACK_COMPLETE", **itself), *rollback],
        "2": [
            _event("Group", "DELETE_FAILED", "has a dependent object", PhysicalResourceId="sg-1"),
            _event("it", "ROLLBACK_IN_PROGRESS", **itself),
            _event("Other", "CREATE_FAILED", "Resource creation cancelled"),
            _event("Check", "CREATE_FAILED", "no such thing"),
            _event("it", "CREATE_IN_PROGRESS", **itself),
            _event("Old", "CREATE_FAILED", "of an operation before"),
        ],
    }

    def changed(operation: str, given: dict[str, Any], ask: Ask) -> object:
        if operation != "DescribeStackEvents":
            return ask()
        token = given.get("NextToken", "")
        # The events of years, of which no third page is needed.
        return {"StackEvents": pages[token], "NextToken": str(int(token or 1) + 1)}

    change(monkeypatch, changed)
    found = stacks.stacks(environment("rolled-back"))
    assert [sign.words for sign in found.signs] == [
        "Check: no such thing",
        "Group: has a dependent object",
        f"{STACK} is ROLLBACK_COMPLETE",
    ]
    written = json.loads(found.text)[STACK]
    assert [event["LogicalResourceId"] for event in written["failures"]] == ["Check", "Group"]
    assert len(written["events"]) == stacks.MOST_EVENTS
