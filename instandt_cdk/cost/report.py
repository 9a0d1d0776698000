"""An estimate as text."""

from collections.abc import Iterator
from datetime import date

from instandt_cdk.cost.estimate import Estimate, Line
from instandt_cdk.cost.prices import FILE, Prices

MOST_DAYS = 180
"""Prices that were looked up longer ago are warned of."""

WIDTH = 58


def report(estimate: Estimate, prices: Prices, *, environment: str, today: date) -> str:
    """Return the estimate as lines of text.

    Args:
        estimate: The estimate.
        prices: The prices that it was made with.
        environment: The environment's name.
        today: The day, from which the prices' age is counted.
    """
    lines = [
        f"{environment}: about {dollars(estimate.usd)} USD a month, and what depends on use besides",
        "On demand, without taxes, discounts and AWS's free tiers. Each line is rounded by itself.",
        "",
        *_fixed(estimate),
        "",
        *_by_use(estimate),
        "",
        *_remarks(estimate, prices),
        *_age(estimate, today),
    ]
    return "\n".join(lines) + "\n"


def _fixed(estimate: Estimate) -> Iterator[str]:
    for place, lines in estimate.by_stack.items():
        yield _heading(f"{place.name}, {place.region}", lines)
        yield from map(_line, _dearest_first(lines))


def _by_use(estimate: Estimate) -> Iterator[str]:
    yield _heading("Depends on use; the quantities are examples, no forecast", estimate.by_use)
    yield from map(_line, _dearest_first(estimate.by_use))
    if estimate.cents:
        names = ", ".join(kind.removeprefix("AWS::") for kind in estimate.cents)
        yield f"  Cents in a month: {names}"


def _heading(text: str, lines: list[Line]) -> str:
    return f"{text:{WIDTH + 17}}{dollars(sum(line.usd for line in lines)):>8}"


def _dearest_first(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: -line.usd)


def _line(line: Line) -> str:
    name = f"  {line.name}{' *' if line.price.is_assumed else ''}"
    return f"{name:{WIDTH}}{line.count:>6g} at {price(line.each):>7} {dollars(line.usd):>8}"


def price(usd: float) -> str:
    """The price of one, with as many digits as matter."""
    return f"{usd:,.2f}" if usd >= 1 else f"{usd:.4f}"


def dollars(usd: float) -> str:
    """An amount in whole dollars."""
    return f"{usd:,.0f}" if usd >= 1 else "< 1"


def _remarks(estimate: Estimate, prices: Prices) -> Iterator[str]:
    lines = [*estimate.fixed, *estimate.by_use]
    if any(line.price.is_assumed for line in lines):
        yield f"* assumed: {prices.tables['dearer']} times the price in us-east-1"
    for region in sorted({line.place.region for line in lines}):
        if not prices.lists(region):
            yield f"! {region} has no prices here; those of {prices.tables['stand_in']} were taken"
    for missing in estimate.unpriced:
        yield f"! Not in the sum, because its price is not known here: {missing}"
    for kind in estimate.unknown:
        yield f"! Not in the sum, because it is not known here what it costs: {kind}"


def _age(estimate: Estimate, today: date) -> Iterator[str]:
    oldest = min(line.price.checked for line in (*estimate.fixed, *estimate.by_use))
    days = (today - oldest).days
    yield f"The oldest of these prices was looked up {days} days ago, on {oldest}."
    if days > MOST_DAYS:
        yield f"! That is more than {MOST_DAYS} days: compare {FILE} with AWS's pages, which it names."
