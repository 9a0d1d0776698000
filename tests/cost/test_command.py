"""`make cost` needs nothing but the settings."""

import socket
from datetime import date, timedelta

import pytest

from instandt_cdk.changes import Stacks
from instandt_cdk.commands import cost
from instandt_cdk.commands.__main__ import main
from instandt_cdk.cost import report
from tests.cost.stacks import CHECKED, PRICES, estimate, machine
from tests.support.choices import synthesis_of


def _reported(today: date, region: str = "eu-central-1") -> str:
    found = estimate(region, It=machine("c6i.large"), Other=("AWS::New::Thing", {}))
    return report.report(found, PRICES, environment="prod", today=today)


@pytest.fixture
def _nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def refuse(*_: object) -> None:
        raise AssertionError("it asked somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("_nobody_to_ask")
def test_the_command_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks.synthesized(synthesis_of("prod").directory)
    monkeypatch.setattr(cost, "synthesized", lambda _name: stacks)
    assert main(["cost", "prod"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("prod: about ")
    for stack in stacks.templates:
        assert stack.name in said
    assert "Depends on use" in said
    assert "days ago" in said


def test_settings_that_cannot_be_synthesized_end_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_name: str) -> None:
        raise OSError("cdk synth failed: because")

    monkeypatch.setattr(cost, "synthesized", fail)
    with pytest.raises(SystemExit, match="cdk synth failed: because"):
        main(["cost", "prod"])


def test_prices_older_than_180_days_are_warned_of() -> None:
    assert "! That is more than 180 days" not in _reported(CHECKED + timedelta(days=180))
    old = _reported(CHECKED + timedelta(days=181))
    assert "looked up 181 days ago, on 2026-01-01" in old
    assert "! That is more than 180 days" in old


def test_each_sum_is_of_its_lines() -> None:
    """An instance for 3 USD an hour with 10 GiB at 0.5, and 10 and 50 GB of logs at 1."""
    found = estimate(It=machine("m6i.large"), Logs=("AWS::Logs::LogGroup", {}))
    said = report.report(found, PRICES, environment="prod", today=CHECKED).splitlines()
    assert said[0].startswith("prod: about 2,195 USD a month")
    assert [line.split()[-1] for line in said if line.startswith("stack, eu-central-1")] == [
        "2,195"
    ]
    assert [line.split()[-1] for line in said if line.startswith("Depends on use")] == ["60"]


def test_what_is_assumed_or_missing_is_said() -> None:
    said = _reported(CHECKED, "ap-south-1")
    assert "instance, c6i.large *" in said
    assert "* assumed: 1.25 times the price in us-east-1" in said
    assert "! ap-south-1 has no prices here; those of eu-central-1 were taken" in said
    assert "! Not in the sum, because it is not known here what it costs: AWS::New::Thing" in said
