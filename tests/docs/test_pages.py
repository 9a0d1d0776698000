"""Links lead somewhere, and every command of the operator's guide is run by a test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDE = ROOT / "docs" / "guide.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")
VERB = re.compile(r"\bmake ([a-z][a-z-]*)\b")
SPAN = re.compile(r"`([^`]+)`|^ {4,}(\S.*)$", re.MULTILINE)
"""What is written as code: in a line, or a line of its own."""
CALLS = ("command", "main", "make", "run")
"""What tests call to give a command."""
OTHERWISE = {"deploy", "diff", "doctor"}
"""Deploying and the doctor have modules and tests of their own; what differs the CDK's CLI shows."""


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    return {_anchor(line.lstrip("#")) for line in page.read_text().splitlines() if line[:1] == "#"}


def _verbs(page: Path) -> set[str]:
    """The verbs of make in the page's code."""
    spans = (one or other for one, other in SPAN.findall(page.read_text()))
    return {verb for span in spans for verb in VERB.findall(span)}


def _tried() -> Iterator[str]:
    """Every word that a test gives as a command: first of a call, or of a list such as ["cost", NAME]."""
    for file in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name),
                    args=[
                        ast.Constant(value=str(word))
                        | ast.List(elts=[ast.Constant(value=str(word)), *_]),
                        *_,
                    ],
                ) if name in CALLS:
                    yield word
                case ast.List(elts=[ast.Constant(value=str(word)), *rest]) if not all(
                    isinstance(one, ast.Constant) for one in rest
                ):
                    yield word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), link
        assert not anchor or anchor in _anchors(there), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_knows_the_verbs(page: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert _verbs(page) <= known


def test_every_command_of_the_guide_is_run_by_a_test() -> None:
    verbs = _verbs(GUIDE)
    assert len(verbs) > 10
    assert verbs - {*_tried()} == OTHERWISE
