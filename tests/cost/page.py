"""Write docs/cost.md, what environments cost: `python -m tests.cost.page`."""

import os
from collections import defaultdict
from functools import cache
from tempfile import TemporaryDirectory

from instandt_cdk.changes import Stacks
from instandt_cdk.cost import prices
from instandt_cdk.cost.estimate import Estimate, Line
from instandt_cdk.cost.report import dollars, price
from tests.support import ROOT
from tests.support.choices import CHOICES, synthesis_of
from tests.support.synthesis import SYNTHESES

FILE = ROOT / "docs" / "cost.md"

HEAD = """\
# What it costs

<!-- Generated from instandt_cdk/cost by `python -m tests.cost.page`; edit it there. -->

USD a month, on demand, without taxes, discounts and AWS's free tiers. `make cost ENV=…` says the same of your
own settings, by stack, and how old its prices are; it needs no account. Where the prices come from is in
[prices.toml](../instandt_cdk/cost/prices.toml). What begins with * is assumed from another region's price.

## Environments and choices

For what exists as long as the environment does, in eu-central-1. The rows below prod are production with one
of the [choices](../README.md#choices); those of the network also have two zones instead of three.

| environment | USD a month | |
|---|---|---|
"""
FIXED = """
## Production, while it exists

| | in production | USD each | USD a month |
|---|---|---|---|
"""
BY_USE = """
## Production, by use

The quantities are examples, to show what matters. They are no forecast.

| | for example | USD each | USD a month |
|---|---|---|---|
"""


@cache
def estimated(name: str) -> Estimate:
    """What an environment or a choice costs."""
    return Estimate.of(Stacks.synthesized(synthesis_of(name).directory), prices.load())


def page() -> str:
    """The page as Markdown."""
    environments = "".join(_row(name) for name in ("dev", "prod", *CHOICES))
    production = estimated("prod")
    return HEAD + environments + FIXED + _rows(production.fixed) + BY_USE + _rows(production.by_use)


def _row(name: str) -> str:
    found = estimated(name)
    difference = round(found.usd) - round(estimated("prod").usd)
    compared = f"{difference:+,}" if difference and name in CHOICES else ""
    return f"| {name} | {dollars(found.usd)} | {compared} |\n"


def _rows(lines: list[Line]) -> str:
    """A row for each thing, the dearest first, from whichever stacks."""
    counts: defaultdict[tuple[str, float], float] = defaultdict(float)
    for line in lines:
        counts[f"{'* ' if line.price.is_assumed else ''}{line.name}", line.each] += line.count
    return "".join(
        f"| {name} | {count:g} | {price(each)} | {dollars(count * each)} |\n"
        for (name, each), count in sorted(counts.items(), key=lambda row: -row[0][1] * row[1])
    )


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        os.environ[SYNTHESES] = directory
        FILE.write_text(page(), encoding="utf-8")
