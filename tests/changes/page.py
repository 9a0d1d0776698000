"""Write docs/changes.md, what changes of settings do: `python -m tests.changes.page`."""

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from tempfile import TemporaryDirectory

from instandt_cdk.changes import Finding, Stacks, Verdict, examine
from tests.changes.variations import HARMLESS, HURTING, Variation
from tests.support import ROOT
from tests.support.choices import CHOICES, synthesis_of
from tests.support.synthesis import SYNTHESES

FILE = ROOT / "docs" / "changes.md"

MARKS: Mapping[Verdict, str] = {
    Verdict.SAFE: "✓",
    Verdict.TOLD: "i",
    Verdict.ASKED: "?",
    Verdict.REFUSED: "✗",
}

HEAD = """\
# Changes

<!-- Generated from instandt_cdk/changes by `python -m tests.changes.page`; edit it there. -->

`make deploy` and `make doctor` compare the templates that are deployed with those of the settings, before
anything is touched. What would be replaced, deleted or cut off decides what becomes of the deployment:

| | it |
|---|---|
| ✓ | goes through |
| i | goes through, and says what follows |
| ? | asks for a name, because data are lost or the site is interrupted; without a terminal, `CONFIRM=NAME` |
| ✗ | refuses: it would fail halfway, or cut the site off for good |

`npx cdk deploy` does not look. A stack that does not exist yet hurts nothing, nor does another `aws.account`
or another name of the file: both make an environment of their own.

## Settings that can hurt

Tried with production. Where only one direction of a change is here, the way back goes through.

| setting | change | | it would | |
|---|---|---|---|---|
"""

SAFE_KEYS = """
## Settings that never hurt

Tasks, functions and rules are replaced without a gap: {keys}.

## From one choice to another

From production, or production with one of the [choices](../README.md#choices) (row), to another (column).
The choices of the network also have two zones instead of three, which alone is refused.

"""


def verdict(findings: list[Finding]) -> Verdict:
    """The worst of the findings."""
    return findings[0].harm.verdict if findings else Verdict.SAFE


@cache
def choices() -> Mapping[str, Stacks]:
    """Production, and production with each choice, as other tests have synthesized them."""
    return {name: Stacks.synthesized(synthesis_of(name).directory) for name in ("prod", *CHOICES)}


@cache
def pairs() -> Mapping[tuple[str, str], list[Finding]]:
    """What is found about the change from each choice to each."""
    return {
        (one, other): examine(before, after)
        for one, before in choices().items()
        for other, after in choices().items()
    }


def page() -> str:
    """The page as Markdown."""
    rows = dict.fromkeys(row for variation in HURTING for row in _rows(variation))
    hurting = {key for variation in HURTING for key in variation.expected}
    safe = {key for variation in (*HURTING, *HARMLESS) for key in variation.keys} - hurting
    keys = ", ".join(f"`{key}`" for key in sorted(safe))
    return HEAD + "".join(rows) + SAFE_KEYS.format(keys=keys) + "".join(_matrix())


def _rows(variation: Variation) -> Iterator[str]:
    there, back = variation.findings()
    for key in variation.expected:
        told = set()
        for findings in (there, back):
            about = [finding for finding in findings if key in finding.causes]
            if about and about[0].harm not in told:
                told.add(about[0].harm)
                yield _row(key, about[0])


def _row(key: str, finding: Finding) -> str:
    before, after = (_short(value) for value in finding.causes[key])
    mark = MARKS[finding.harm.verdict]
    return f"| `{key}` | {before} → {after} | {mark} | {finding.would} | {finding.harm.way} |\n"


def _short(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "not set" if value is None else f"`{json.dumps(value)}`"


def _matrix() -> Iterator[str]:
    names = list(choices())
    yield f"| from | {' | '.join(names)} |\n"
    yield f"|---|{'---|' * len(names)}\n"
    for one in names:
        marks = (MARKS[verdict(pairs()[one, other])] if one != other else "" for other in names)
        yield f"| {one} | {' | '.join(marks)} |\n"


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        os.environ[SYNTHESES] = directory
        FILE.write_text(page(), encoding="utf-8")
