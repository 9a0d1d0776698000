"""The sum over an environment's stacks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from instandt_cdk.changes.stacks import Place, Stacks
from instandt_cdk.cost import resources
from instandt_cdk.cost.free import CENTS
from instandt_cdk.cost.prices import Price, Prices
from instandt_cdk.cost.resources import Part, Use


@dataclass(frozen=True)
class Line:
    """Something that is paid for, at its price."""

    place: Place
    name: str
    count: float
    each: float
    """USD a month of one."""
    price: Price

    @property
    def usd(self) -> float:
        """USD a month of all."""
        return self.count * self.each


@dataclass(frozen=True)
class Estimate:
    """What an environment costs."""

    fixed: list[Line]
    """What is paid for as long as it exists."""
    by_use: list[Line]
    """What is paid for by its use, with an example as count."""
    unpriced: list[str]
    """What has no price in the list."""
    cents: list[str]
    """The types whose use comes to cents."""
    unknown: list[str]
    """The types of which is not known what they cost."""

    @cached_property
    def usd(self) -> float:
        """USD a month for what exists."""
        return sum(line.usd for line in self.fixed)

    @cached_property
    def by_stack(self) -> Mapping[Place, list[Line]]:
        """The lines of what exists."""
        places = dict.fromkeys(line.place for line in self.fixed)
        return {place: [line for line in self.fixed if line.place == place] for place in places}

    @classmethod
    def of(cls, stacks: Stacks, prices: Prices) -> Self:
        """Estimate the cost of stacks."""
        parts: defaultdict[tuple[Place, Part], float] = defaultdict(float)
        uses: dict[Use, Place] = {}
        for place, found in _found(stacks):
            if isinstance(found, Part):
                parts[place, replace(found, count=1)] += found.count
            else:
                uses.setdefault(found, place)
        unpriced: list[str] = []

        def priced(place: Place, found: Part | Use, count: float) -> Iterator[Line]:
            if price := prices.find(found.service, found.item, place.region):
                yield Line(place, found.name, count, found.units * price.usd, price)
            else:
                unpriced.append(
                    f"{count:g} of {found.name}: {prices.tables[found.service]['page']}"
                )

        kinds = sorted({resource.type for resource in stacks.resources.values()})
        return cls(
            [line for (at, part), count in parts.items() for line in priced(at, part, count)],
            [line for use, at in uses.items() for line in priced(at, use, use.example)],
            unpriced,
            [kind for kind in kinds if kind in CENTS],
            [kind for kind in kinds if not resources.is_known(kind)],
        )


def _found(stacks: Stacks) -> Iterator[tuple[Place, Part | Use]]:
    for address, resource in stacks.resources.items():
        if rule := resources.RULES.get(resource.type):
            for found in rule(resource, stacks):
                yield address.place, found
