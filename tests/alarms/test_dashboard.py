"""The dashboard shows every alarm, and graphs of the most important ones, from left to right."""

import json
from functools import cache
from typing import Any

import pytest

from instandt_cdk.dashboard import COLUMNS, ROWS
from tests.alarms.cloudwatch import operators_alarms
from tests.permissions.account import Account
from tests.support.choices import EVERYTHING, synthesis_of


@cache
def _widgets(choice: str) -> list[dict[str, Any]]:
    (dashboard,) = Account(synthesis_of(choice)).all("AWS::CloudWatch::Dashboard")
    return list(json.loads(dashboard["DashboardBody"])["widgets"])


@pytest.mark.parametrize("choice", EVERYTHING)
def test_the_dashboard_begins_with_the_state_of_all_alarms(choice: str) -> None:
    first = _widgets(choice)[0]
    alarms = {
        alarm.thing.stack.arn("cloudwatch:{region}:{account}:alarm:{name}", name=alarm.name): alarm
        for alarm in operators_alarms(Account(synthesis_of(choice)))
    }
    assert first["type"] == "alarm"
    assert sorted(first["properties"]["alarms"]) == sorted(alarms)
    for widget in _widgets(choice):
        for arn in widget["properties"].get("annotations", {}).get("alarms", []):
            assert alarms[arn].region == widget["properties"]["region"]


@pytest.mark.parametrize("choice", EVERYTHING)
def test_no_widget_lies_on_another_or_beside_the_page(choice: str) -> None:
    taken = [
        (x, y)
        for widget in _widgets(choice)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < COLUMNS


def test_every_graph_is_somewhere() -> None:
    shown = {
        widget["properties"]["title"]
        for choice in EVERYTHING
        for widget in _widgets(choice)
        if widget["type"] == "metric"
    }
    assert shown == {title for row in ROWS.values() for title in row.values()}


@pytest.mark.parametrize("choice", EVERYTHING)
def test_three_questions_are_saved_where_their_logs_are(choice: str) -> None:
    account = Account(synthesis_of(choice))
    groups = {group.ref: group.stack.region for group in account.all("AWS::Logs::LogGroup")}
    queries = list(account.all("AWS::Logs::QueryDefinition"))
    assert len(queries) == 3
    for query in queries:
        assert query["Name"].startswith(f"instandt/{query.stack.name.split('-')[1]}/")
        for group in query["LogGroupNames"]:
            assert groups[group] == query.stack.region
