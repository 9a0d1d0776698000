"""docs/settings.md explains every setting, briefly, and is up to date."""

import runpy
from pathlib import Path

import pytest

from instandt_cdk import settings
from instandt_cdk.settings.manual import FILE, manual
from instandt_cdk.settings.section import subsection
from tests.support import ROOT

MOST_WORDS = 60
"""The most words of a cell; what is longer belongs into the text above the table."""


def _keys(model: type[settings.Section]) -> list[str]:
    keys = []
    for key, field in model.model_fields.items():
        below = subsection(field)
        keys += _keys(below) if below else [key]
    return keys


def test_the_manual_is_up_to_date() -> None:
    assert FILE == ROOT / "docs" / "settings.md"
    assert FILE.read_text() == manual(), "stale; run `python -m instandt_cdk.settings`"


def test_the_manual_names_every_setting() -> None:
    rows = [line.split("`")[1] for line in manual().splitlines() if line.startswith("| `")]
    assert rows == [key for key in _keys(settings.Settings) if key != "environment"]


def test_every_row_has_a_type_a_default_and_a_text() -> None:
    rows = [line.split(" | ") for line in manual().splitlines() if line.startswith("| `")]
    assert all(len(row) == 4 and all(len(cell.strip(" |")) > 1 for cell in row) for row in rows)


def test_every_cell_is_short() -> None:
    cells = [
        cell
        for line in manual().splitlines()
        if line.startswith("| `")
        for cell in line.split(" | ")
    ]
    assert [cell for cell in cells if len(cell.split()) > MOST_WORDS] == []


def test_a_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "docs" / "settings.md"
    monkeypatch.setattr("instandt_cdk.settings.manual.FILE", file)
    runpy.run_module("instandt_cdk.settings", run_name="__main__")
    assert file.read_text() == manual()
