"""An alarm that goes off reaches the operator, and says what it means and what to do."""

import re
from functools import cache

import pytest

from instandt_cdk.settings.limits.regions import EDGE_REGION
from tests.alarms import published
from tests.alarms.cloudwatch import Alarm, operators_alarms
from tests.alarms.guide import sections
from tests.permissions.account import Account
from tests.support.choices import EVERYTHING, production, settings_of, synthesis_of
from tests.support.synthesis import bare_templates

LONGEST = 1024
"""Of a description ("PutMetricAlarm", Amazon CloudWatch API Reference)."""
MOST_METRICS = 10
"""Of an expression ("Alarms on math expressions", Amazon CloudWatch User Guide)."""
LONGEST_WATCH = 24 * 60
"""The periods that are evaluated, together, in minutes ("Common features of CloudWatch alarms")."""
REMEDIES = ("Read ", "Look ", "Make ", "Raise ", "Run ")
"""How the second sentence of an alarm's description begins: as a request."""


@cache
def _account(choice: str) -> Account:
    return Account(synthesis_of(choice))


def _alarms(choice: str) -> list[Alarm]:
    return operators_alarms(_account(choice))


@pytest.mark.parametrize("choice", EVERYTHING)
def test_every_alarm_says_what_it_means_and_what_to_do_and_where_to_read_more(choice: str) -> None:
    for alarm in _alarms(choice):
        described = alarm.thing["AlarmDescription"]
        assert len(described) <= LONGEST
        advice, _, link = described.partition(" More: docs/alarms.md#")
        meaning, remedy = re.split(r"(?<=\.) (?=[A-Z])", advice)
        assert min(len(meaning.split()), len(remedy.split())) >= 5, alarm.name
        assert remedy.startswith(REMEDIES), alarm.name
        assert link in sections(), alarm.name


@pytest.mark.parametrize("choice", EVERYTHING)
def test_whom_an_alarm_does_not_tell_of_a_deployment_it_tells_the_operator(choice: str) -> None:
    """ECS acts on some alarms while a version is deployed, and the deployment tells of it."""
    of_deployments = {
        name
        for service in _account(choice).all("AWS::ECS::Service")
        for name in service["DeploymentConfiguration"]["Alarms"]["AlarmNames"]
    }
    silent = {
        thing.ref
        for thing in _account(choice).all("AWS::CloudWatch::Alarm")
        if not thing.properties.get("AlarmActions")
    }
    assert silent == of_deployments


def test_the_guide_has_no_section_without_an_alarm() -> None:
    linked = {
        alarm.thing["AlarmDescription"].rpartition("#")[2]
        for choice in EVERYTHING
        for alarm in _alarms(choice)
    }
    assert linked == sections().keys()


def test_the_guide_refers_to_sections_that_exist() -> None:
    for text in sections().values():
        assert set(re.findall(r"\(#([a-z-]+)\)", text)) <= sections().keys()


@pytest.mark.parametrize("choice", EVERYTHING)
def test_every_alarm_watches_what_aws_publishes(choice: str) -> None:
    known = published.metrics(_account(choice))
    for alarm in _alarms(choice):
        assert 1 <= len(alarm.metrics) <= MOST_METRICS
        assert alarm.metrics <= known.keys(), alarm.name
        assert alarm.thing["EvaluationPeriods"] * alarm.period_minutes <= LONGEST_WATCH


@pytest.mark.parametrize("choice", EVERYTHING)
def test_every_alarm_tells_the_topic_of_its_region_which_sends_an_e_mail(choice: str) -> None:
    account = _account(choice)
    addresses = {
        thing["TopicArn"]: thing["Endpoint"] for thing in account.all("AWS::SNS::Subscription")
    }
    for alarm in _alarms(choice):
        (topic,) = alarm.thing["AlarmActions"]
        assert topic.split(":")[3] == alarm.region
        assert addresses[topic] == settings_of(choice).alarm_email
    assert {alarm.region for alarm in _alarms(choice)} == {"eu-central-1", EDGE_REGION}


def test_a_url_of_the_guide_makes_links_of_it() -> None:
    url = "https://git.example.com/instandt-cdk/blob/main/docs"
    templates = bare_templates(production({"operations": {"guide_url": url}}))
    described = [
        resource["Properties"]["AlarmDescription"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        if "AlarmActions" in resource["Properties"]
    ]
    assert described
    assert all(f"More: {url}/alarms.md#" in str(text) for text in described)
