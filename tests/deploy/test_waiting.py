"""`make deploy` says what it waits for, how long that typically takes and what comes then."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from instandt_cdk.deploy.waiting import Busy, Teller, Watch
from instandt_cdk.durations.graph import Graph, Step
from instandt_cdk.names import Names

BEGUN = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
NAT = {"Type": "AWS::EC2::NatGateway", "Properties": {}}
DATABASE = {"Type": "AWS::RDS::DBInstance", "Properties": {"MultiAZ": True}}
KEY = {"Type": "AWS::KMS::Key", "Properties": {}}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}
MIGRATION = {"Type": "Custom::DatabaseMigration", "Properties": {}}
SERVICE = {"Type": "AWS::ECS::Service", "DependsOn": "Migration"}
STACKS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "Network": ([], {"Nat": NAT}),
    "Storage": (["Network"], {"Database": DATABASE, "Key": KEY, "Topic": TOPIC}),
    "Services": (["Storage"], {"Migration": MIGRATION, "Backend": SERVICE}),
}


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    artifacts = {}
    for title, (before, resources) in STACKS.items():
        (tmp_path / f"{title}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[title] = {
            "type": "aws:cloudformation:stack",
            "dependencies": before,
            "properties": {"templateFile": f"{title}.json", "stackName": f"it-{title.lower()}"},
        }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return Graph.synthesized(tmp_path)


def _at(minutes: float) -> dt.datetime:
    return BEGUN + dt.timedelta(minutes=minutes)


def _busy(since: float, *names: str) -> list[Busy]:
    return [Busy(Step(*name.split(".")), _at(since)) for name in names]


def test_it_says_what_is_waited_for_and_what_comes_then(graph: Graph) -> None:
    teller = Teller(graph=graph, started=BEGUN)
    assert teller.introduction() == "This first deployment typically takes 20 min."
    busy = _busy(4, "it-storage.Database", "it-storage.Key", "it-storage.Topic")
    assert list(teller.lines(busy, [], _at(10))) == [
        "  10 min  Storage: database over two zones, 6 of typically 15.4 min; then Services, database "
        "migration; 12 min left"
    ]


def test_it_speaks_when_that_changes_and_at_least_each_minute(graph: Graph) -> None:
    teller = Teller(graph=graph, started=BEGUN)
    nat, database = _busy(0, "it-network.Nat"), _busy(2, "it-storage.Database")
    assert len(list(teller.lines(nat, [], _at(0)))) == 1
    assert list(teller.lines(nat, [], _at(0.5))) == []
    assert len(list(teller.lines(nat, [], _at(1)))) == 1
    assert list(teller.lines(nat, [], _at(1.5))) == []
    assert len(list(teller.lines(database, [], _at(1.6)))) == 1
    # What nobody waits for is not worth a line, nor is what the application does not know.
    assert list(teller.lines(_busy(0, "it-storage.Topic", "it-else.X"), [], _at(9))) == []


def test_what_takes_longer_than_usual_is_said(graph: Graph) -> None:
    (line,) = Teller(graph=graph, started=BEGUN).lines(_busy(0, "it-services.Backend"), [], _at(9))
    assert (
        line == "   9 min  Services: service, 9 min, typically 1.3; then nothing else; 0 min left"
    )


def test_a_rollback_is_said_once(graph: Graph) -> None:
    teller = Teller(graph=graph, started=BEGUN)
    busy = _busy(0, "it-services.Backend")
    (line,) = teller.lines(busy, ["it-services"], _at(1))
    assert line == "   1 min  Services: something failed, it is rolled back"
    assert list(teller.lines([], ["it-services"], _at(3))) == []


def _event(number: int, logical_id: str, status: str) -> dict[str, Any]:
    return {
        "StackId": "arn:it",
        "EventId": f"{number}",
        "StackName": "instandt-it-storage",
        "LogicalResourceId": logical_id,
        "ResourceStatus": status,
        "Timestamp": _at(number),
    }


def test_each_event_of_cloudformation_is_read_once() -> None:
    client = boto3.client(
        "cloudformation",
        region_name="eu-central-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 - of nobody
    )
    stack = {"StackName": "instandt-it-storage", "CreationTime": BEGUN}
    before = [_event(-9, "Database", "UPDATE_IN_PROGRESS")]
    first = [
        _event(3, "Key", "CREATE_COMPLETE"),
        _event(2, "Database", "CREATE_IN_PROGRESS"),
        _event(1, "Database", "CREATE_IN_PROGRESS"),
        _event(0, "Key", "CREATE_IN_PROGRESS"),
    ]
    second = [_event(5, "Topic", "CREATE_IN_PROGRESS"), _event(4, "Database", "CREATE_COMPLETE")]
    looks = [
        ("CREATE_IN_PROGRESS", [*first, *before]),
        ("CREATE_IN_PROGRESS", [*second, *first, *before]),
        ("ROLLBACK_IN_PROGRESS", None),
    ]
    watch = Watch(cloudformation={"eu-central-1": client}, names=Names("it"), since=BEGUN)
    with Stubber(client) as stubber:
        for status, events in looks:
            stubber.add_response("describe_stacks", {"Stacks": [stack | {"StackStatus": status}]})
            if events:
                stubber.add_response("describe_stack_events", {"StackEvents": events})
        database, topic = (Step("instandt-it-storage", name) for name in ("Database", "Topic"))
        assert watch.look() == ([Busy(database, _at(1))], [])
        assert watch.look() == ([Busy(topic, _at(5))], [])
        assert watch.look() == ([], ["instandt-it-storage"])


def test_only_what_changes_is_counted_in_an_update(graph: Graph) -> None:
    standing = [step for step in graph.waits_for if step.stack != "it-services"]
    changing = [Step("it-services", name) for name in STACKS["Services"][1]]
    teller = Teller(graph=graph.given(standing=standing, changing=changing), started=BEGUN)
    assert teller.introduction() == "This deployment typically takes 11 min."
