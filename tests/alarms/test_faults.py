"""At each fault exactly its alarm goes off, its e-mail arrives, and leads to its section of the guide."""

import json
import re
from functools import cache
from typing import Any

import pytest

from local.emulator import hooks
from tests.alarms import published
from tests.alarms.cloudwatch import ALARM, OK, Alarm, Metric, Series, operators_alarms
from tests.alarms.faults import FAULTS, Fault
from tests.alarms.guide import sections
from tests.alarms.harmless import HARMLESS
from tests.permissions.account import Account, Thing
from tests.support.choices import settings_of, synthesis_of
from tests.support.emulated import ACCOUNT, Cloud

CHOICE = "copy"
"""Production with a copy of the media elsewhere: it has all alarms."""
TOPIC = "AWS::SNS::Topic"
WATCHING = (TOPIC, "AWS::SNS::Subscription")


@cache
def account() -> Account:
    return Account(synthesis_of(CHOICE))


@cache
def alarms() -> list[Alarm]:
    return operators_alarms(account())


@pytest.fixture(scope="module")
def operator(cloud: Cloud) -> Cloud:
    """The embedded AWS with all alarms, their topics, and the operator's subscriptions."""
    for region in {alarm.region for alarm in alarms()}:
        things = [*account().all(*WATCHING), *(alarm.thing for alarm in alarms())]
        resources = {
            f"{thing.stack.key}{thing.id}": _as_template(thing)
            for thing in things
            if thing.stack.region == region
        }
        for name, resource in resources.items():
            resource["DependsOn"] = [
                topic for topic in resources if "Topic" in topic and topic != name
            ]
        stack = cloud.apply("watching", {"Resources": resources}, region=region)
        assert stack["StackStatus"] == "CREATE_COMPLETE"
    return cloud


def _as_template(thing: Thing) -> dict[str, Any]:
    """A resource without references, in the emulator's account."""
    named = {"TopicName": thing.arn.rpartition(":")[2]} if thing.type == TOPIC else {}
    properties = json.dumps({**thing.properties, **named})
    return {
        "Type": thing.type,
        "Properties": json.loads(properties.replace(thing.stack.account, ACCOUNT)),
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_at_each_fault_exactly_its_alarm_tells_the_operator(fault: Fault, operator: Cloud) -> None:
    metrics = _during(fault)
    off = [alarm for alarm in alarms() if alarm.times_off(metrics, minutes=fault.minutes)]
    assert [alarm.name for alarm in off] == [f"instandt-prod-{fault.alarm}"]
    before = len(operator.mails())
    for alarm in off:
        cloudwatch = operator.client("cloudwatch", alarm.region)
        for state in (ALARM, OK):
            cloudwatch.set_alarm_state(AlarmName=alarm.name, StateValue=state, StateReason="test")
    (mail,) = operator.mails()[before:]
    assert mail["To"] == [settings_of(CHOICE).alarm_email]
    assert f'ALARM: "instandt-prod-{fault.alarm}"' in mail["Subject"]
    (link,) = re.findall(r"docs/alarms\.md#([a-z-]+)", mail["BodyText"])
    assert fault.alarm.startswith(link)
    assert len(sections()[link].split()) > 40


@pytest.mark.parametrize("harmless", HARMLESS, ids=lambda fault: fault.what)
def test_what_is_no_fault_wakes_nobody(harmless: Fault) -> None:
    metrics = _during(harmless)
    assert [a.name for a in alarms() if a.times_off(metrics, minutes=harmless.minutes)] == []


def test_before_the_first_data_no_alarm_goes_off() -> None:
    nothing: dict[Metric, Series] = dict.fromkeys(
        published.metrics(account()), lambda _minute: None
    )
    assert [alarm.name for alarm in alarms() if alarm.times_off(nothing, minutes=60)] == []


def test_every_alarm_has_its_fault() -> None:
    assert {alarm.name for alarm in alarms()} == {f"instandt-prod-{f.alarm}" for f in FAULTS}


def _during(fault: Fault) -> dict[Metric, Series]:
    """What is published: as usual before minute 0, and from then on with the fault's changes."""
    metrics = published.metrics(account())
    changes: dict[Metric, Any] = {}
    for (name, of), change in fault.series.items():
        (metric,) = (
            metric
            for metric in metrics
            if metric.name == name and (not of or f"-{of}" in str(metric.dimensions))
        )
        changes[metric] = change
    changes |= dict.fromkeys(_triggered(fault), lambda minute: 1.0 if minute == 0 else None)
    return metrics | {
        metric: _from_then_on(metrics[metric], change) for metric, change in changes.items()
    }


def _from_then_on(usual: Series, change: Any) -> Series:  # noqa: ANN401 - a number or a function
    return lambda minute: (
        usual(minute) if minute < 0 else change(minute) if callable(change) else change
    )


def _triggered(fault: Fault) -> list[Metric]:
    """The metrics of the rules that match the fault's event."""
    if fault.event is None:
        return []
    (database,) = account().all("AWS::RDS::DBInstance")
    source, kind, detail = fault.event
    arn = database.stack.arn("rds:{region}:{account}:db:{name}", name=database.ref)
    told = json.dumps(detail).replace("{database}", arn)
    event = {
        "Source": source,
        "DetailType": kind,
        "Detail": told,
        "Resources": [json.loads(told).get("SourceArn", "")],
        "Account": "222222222222",
        "Region": "eu-central-1",
    }
    matches = hooks.service("eventbridge")._matches_pattern
    return [
        Metric(
            rule.stack.region, "AWS/Events", "TriggeredRules", frozenset({("RuleName", rule.ref)})
        )
        for rule in account().all("AWS::Events::Rule")
        if "EventPattern" in rule.properties and matches(json.dumps(rule["EventPattern"]), event)
    ]
