"""AWS's prices by region, from prices.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.toml")
EVERYWHERE = "everywhere"
CHEAPEST = "us-east-1"
"""The region that has all prices, from which those that another lacks are assumed."""

SIZES = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0}
"""AWS's normalization factors of sizes, which prices follow; an Nxlarge has N times an xlarge's ("How
Reserved Instances are applied", Amazon EC2 User Guide)."""


@dataclass(frozen=True)
class Price:
    """The price of one unit."""

    usd: float
    checked: date
    page: str
    is_assumed: bool
    """Whether it is derived from another region's."""


@dataclass(frozen=True)
class Prices:
    """A list of prices."""

    tables: Mapping[str, Any]

    def lists(self, region: str) -> bool:
        """Whether the list has a region's own prices."""
        return any(region in table for table in self.tables.values() if isinstance(table, dict))

    def find(self, service: str, item: str, region: str) -> Price | None:
        """Return the price of an item in a region; None if the list does not know the item.

        Args:
            service: A table of the list.
            item: A key in it.
            region: The region.
        """
        table = self.tables[service]
        own = region if self.lists(region) else self.tables["stand_in"]
        for place in (EVERYWHERE, own):
            if item in table.get(place, {}):
                return _price(table, place, item)
        if item not in table.get(CHEAPEST, {}):
            return None
        cheapest = _price(table, CHEAPEST, item)
        usd = cheapest.usd * self.tables["dearer"]
        return Price(usd, cheapest.checked, cheapest.page, is_assumed=True)


@cache
def load() -> Prices:
    """Read the list."""
    return Prices(tomllib.loads(FILE.read_text(encoding="utf-8")))


def larges(size: str) -> float:
    """Return how many times a size's price is the size large's."""
    factor = SIZES.get(size) or SIZES["xlarge"] * int(size.removesuffix("xlarge"))
    return factor / SIZES["large"]


def _price(table: Mapping[str, Any], place: str, item: str) -> Price:
    prices = table[place]
    return Price(prices[item], prices["checked"], table["page"], is_assumed=False)
