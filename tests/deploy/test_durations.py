"""The longest way through a first deployment is known, and does not grow unnoticed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from instandt_cdk.changes import Stacks
from instandt_cdk.changes.stacks import Place
from instandt_cdk.durations import typical
from instandt_cdk.durations.graph import BEGIN, Graph, Step
from instandt_cdk.durations.updates import update
from tests.support.synthesis import synthesize

LIMIT_MINUTES = 25.2
"""Of production, with a database over two zones. Change it only with the reason in the commit."""
AT_ONCE = 4
"""Stacks that the CDK CLI deploys at the same time."""
MOST_ASSUMED = 3
"""Rows without a source. Each one that is measured lowers this number."""

DATABASE: dict[str, Any] = {"Type": "AWS::RDS::DBInstance", "Properties": {"MultiAZ": True}}
GATEWAY: dict[str, Any] = {"Type": "AWS::EC2::NatGateway", "Properties": {}}
DATABASE_MINUTES, GATEWAY_MINUTES = (
    typical.duration(one["Type"], one["Properties"]).minutes for one in (DATABASE, GATEWAY)
)
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}


def _graph(directory: Path, stacks: Mapping[str, tuple[list[str], dict[str, Any]]]) -> Graph:
    """The graph of stacks: for each, the stacks that it waits for and its resources."""
    artifacts = {}
    for name, (before, resources) in stacks.items():
        (directory / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "dependencies": [*before, f"{name}.assets"],
            "properties": {"templateFile": f"{name}.json", "stackName": f"it-{name.lower()}"},
        }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return Graph.synthesized(directory)


def _refer(**names: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"Type": "AWS::SNS::Topic", "Properties": names}


def test_a_first_deployment_of_production_takes_no_longer_than_before() -> None:
    graph = Graph.synthesized(synthesize("prod").directory)
    way = [f"{graph.titles[step.stack]} {step.logical_id}" for step in graph.longest_way]
    assert any("DatabaseInstance" in step for step in way), way
    assert graph.total <= LIMIT_MINUTES, "\n".join(way)


def test_no_stack_waits_for_a_free_place() -> None:
    assert Graph.synthesized(synthesize("prod").directory).most_at_once <= AT_ONCE


def test_what_does_not_wait_for_each_other_takes_no_longer_together(tmp_path: Path) -> None:
    begin, topic = typical.beginning().minutes, typical.others().minutes
    together = _graph(tmp_path, {"One": ([], {"D": DATABASE, "N": GATEWAY})})
    assert together.total == begin + DATABASE_MINUTES
    for reference in (
        {"A": {"Ref": "D"}},
        {"A": [{"Fn::Join": ["", [{"Fn::GetAtt": ["D", "Arn"]}]]}]},
        {"A": {"Fn::Sub": "x-${D.Arn}"}},
    ):
        after = _graph(tmp_path, {"One": ([], {"D": DATABASE, "T": _refer(**reference)})})
        assert after.total == begin + DATABASE_MINUTES + topic, reference
    explicit = _graph(tmp_path, {"One": ([], {"D": DATABASE, "T": TOPIC | {"DependsOn": "D"}})})
    assert explicit.total == begin + DATABASE_MINUTES + topic


def test_a_row_may_be_for_any_value_of_a_property() -> None:
    kind, outside = "AWS::Lambda::Function", typical.others()
    assert typical.duration(kind, {"VpcConfig": {"SubnetIds": ["subnet-1"]}}).minutes > 1
    assert typical.duration(kind, {"Handler": "any"}) == outside


def test_a_stack_waits_for_all_of_another_one(tmp_path: Path) -> None:
    begin = typical.beginning().minutes
    graph = _graph(
        tmp_path,
        {
            "Two": (["One"], {"N": GATEWAY}),
            "One": ([], {"D": DATABASE, "T": TOPIC}),
            "Beside": ([], {"T": TOPIC}),
        },
    )
    assert graph.total == begin + DATABASE_MINUTES + begin + GATEWAY_MINUTES
    assert graph.most_at_once == len(("One", "Beside"))
    assert graph.following[Step("it-one", "D")].stack == "it-one"
    assert graph.remaining[Step("it-one", "D")] == begin + GATEWAY_MINUTES
    assert graph.longest_way[0] == Step("it-one", BEGIN)


def test_a_change_takes_only_what_is_changed(tmp_path: Path) -> None:
    graph = _graph(tmp_path, {"One": ([], {"D": DATABASE, "T": _refer(A={"Ref": "D"})})})
    begin = typical.beginning().minutes
    database, topic = Step("it-one", "D"), Step("it-one", "T")
    assert graph.given(standing=[database], changing=[topic]).total == begin + 0.2
    assert graph.given(standing=[topic], changing=[database]).total == begin + 10


def test_an_update_is_compared_with_what_is_deployed(tmp_path: Path) -> None:
    graph = _graph(
        tmp_path,
        {"One": ([], {"D": DATABASE, "T": TOPIC}), "Two": (["One"], {"N": GATEWAY, "T": TOPIC})},
    )
    places = {title: Place("eu-central-1", f"it-{title.lower()}") for title in ("One", "Two")}
    one = {"Resources": {"D": DATABASE, "T": TOPIC}}
    two = {"Resources": {"N": GATEWAY, "T": TOPIC}}
    after = Stacks({places["One"]: one, places["Two"]: two})
    begin, others = typical.beginning().minutes, typical.others().minutes
    # Nothing is there, all of it, all but the second stack's gateway, all but a property of the topic.
    assert update(graph, Stacks({}), after).total == graph.total
    assert update(graph, after, after).total == 0
    without = {"Resources": {"T": TOPIC}}
    missing = Stacks({places["One"]: one, places["Two"]: without})
    assert update(graph, missing, after).total == begin + GATEWAY_MINUTES
    other = {"Resources": {"D": DATABASE, "T": _refer(DisplayName="it")}}
    changed = Stacks({places["One"]: other, places["Two"]: two})
    assert update(graph, changed, after).total == begin + others


def test_every_duration_has_a_source() -> None:
    rows = [row for listed in typical.rows().values() for row in listed]
    rows += [typical.others(), typical.beginning()]
    assumed = [row for row in rows if row.source.startswith(typical.ASSUMED)]
    assert len(assumed) <= MOST_ASSUMED, [row.name for row in assumed]
    assert [row for row in rows if row not in assumed and row.date is None] == []
