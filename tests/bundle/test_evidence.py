"""What is a sign of something wrong and what is not, and what is nobody else's business."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.commands.bundle import containers
from instandt_cdk.commands.bundle.collectors import versions
from instandt_cdk.commands.deployed import Deployed
from tests.bundle.environment import Bundle, Faulty, services
from tests.smoke.environment import run_also
from tests.smoke.environment import services as running
from tests.support.answers import Ask, change
from tests.support.emulated import Cloud
from tests.support.synthesis import Synthesis

NOW = dt.datetime.now(dt.UTC)
PRIVATE = ("FlowLogs", "SessionsLog", "WebAclLog")
ORDINARY = (
    "(service web) has started 2 tasks: (task 1) (task 2).",
    "(service web) registered 2 targets in (target-group arn)",
    "(service web, taskSet ecs-svc/1) has begun draining connections on 1 tasks.",
    "(service web) deregistered 1 targets in (target-group arn)",
    "(service web) has stopped 1 running tasks: (task 0).",
    "(service web) (deployment ecs-svc/1) deployment completed.",
    "(service web) is not AZ balanced with 2 tasks in eu-central-1a. AZ Rebalancing in progress.",
    "(service web) has reached a steady state.",
)
"""From what users show, and "Service event messages", Amazon ECS Developer Guide."""
NO_ROOM = (
    "(service web) was unable to place a task because no container instance met all of its requirements. "
    "Reason: No Container Instances were found in your cluster."
)


def test_logs_that_are_nobody_elses_business_are_left_out(cloud: Cloud, bundle: Bundle) -> None:
    faulty, template = Faulty(cloud, "private"), services("private")
    template["Resources"] |= {f"{log}1": {"Type": "AWS::Logs::LogGroup"} for log in PRIVATE}
    cloud.apply(faulty.stack("services"), template)
    for log in ("BackendTaskLog", *PRIVATE):
        faulty.log(f"said in {log}", log=log)
    text = "".join(bundle("private").values())
    assert "said in BackendTaskLog" in text
    assert [log for log in PRIVATE if f"said in {log}" in text] == []


def test_their_logical_ids_begin_so_in_production(prod: Synthesis) -> None:
    logs = [logical_id for _, logical_id, _ in prod.resources("AWS::Logs::LogGroup")]
    left_out = [log for log in logs if log.startswith(containers.NOT_FOR_OTHERS)]
    # A logical id ends with a hash.
    assert sorted(log[:-8] for log in left_out) == [*PRIVATE]


def test_only_what_is_wrong_with_a_service_is_a_sign(
    cloud: Cloud, environment: Callable[[str], Deployed], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.apply("instandt-busy-services", running("busy"))

    def changed(operation: str, _given: object, ask: Ask) -> Any:  # noqa: ANN401 - of any operation
        answer = ask()
        if operation == "DescribeServices":
            (service,) = answer["services"]
            messages = (*ORDINARY, NO_ROOM)
            service["events"] = [{"message": words, "createdAt": NOW} for words in messages]
            service |= {"serviceName": "web", "desiredCount": 2}
        return answer

    change(monkeypatch, changed)
    found = containers.services(environment("busy"))
    assert [sign.words for sign in found.signs] == [NO_ROOM, "web: 1 of 2 tasks run"]
    assert all(words in found.text for words in ORDINARY)


def test_a_container_that_runs_in_two_versions_is_seen_in_both(
    cloud: Cloud, environment: Callable[[str], Deployed], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.apply("instandt-mixed-services", running("mixed"))
    run_also(cloud, monkeypatch, "2.0.0")
    found = versions(environment("mixed"))
    assert "\nweb: 1.0.0\nweb: 2.0.0\n" in found.text
    assert [sign.words for sign in found.signs] == [
        "the parameter says 1.0.0, but the web runs 2.0.0"
    ]


def test_nothing_of_another_account_is_collected(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r'belong to account 0+, not to aws.account = "2+"'):
        bundle("foreign", 'aws.account = "222222222222"')
    assert [*tmp_path.rglob("*.tar.gz")] == []
