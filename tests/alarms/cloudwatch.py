"""When an alarm goes off, as CloudWatch decides it.

Source: "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data", Amazon CloudWatch
User Guide.
"""

import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.emulator.alarms import calculated
from tests.permissions.account import Account, Thing

Point = float | None
Series = Callable[[int], Point]
"""What is published in a minute; None where nothing is. Minute 0 is when a fault begins."""


@dataclass(frozen=True)
class Metric:
    """A metric by all that tells it from others."""

    region: str
    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


RETRIEVED_BESIDE = 2
"""CloudWatch looks at more periods than it evaluates; the guide's tables show five for three."""

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": statistics.fmean,
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "p90": lambda values: sorted(values)[round(0.9 * (len(values) - 1))],
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


def next_state(
    points: Sequence[bool | None], *, needed: int, of: int, missing: str, state: str
) -> str:
    """Return an alarm's state after the last of some periods.

    Args:
        points: Whether each crosses the threshold, the latest last; None where there is no data.
        needed: In how many periods it must.
        of: Of how many.
        missing: How missing data are treated: "breaching", "ignore" or "notBreaching".
        state: The state before.
    """
    known = [point for point in points if point is not None][-of:]
    crossing = sum(known)
    filled = of - len(known)
    if crossing >= needed:
        return ALARM
    if missing == "ignore" and filled and crossing == len(known):
        return state
    return ALARM if missing == "breaching" and crossing + filled >= needed else OK


class Alarm:
    """An alarm of the templates."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing
        self.name: str = thing["AlarmName"]
        self.region = thing.stack.region
        self._single = thing.properties if "MetricName" in thing.properties else None
        queries = thing.properties.get("Metrics", [])
        self._expressions = [query for query in queries if "Expression" in query]
        self._stats = {q["Id"]: q["MetricStat"] for q in queries if "MetricStat" in q}
        self.period_minutes = self._period() // 60

    @property
    def metrics(self) -> set[Metric]:
        """All metrics that it watches."""
        if self._single:
            return {self._metric(self._single)}
        return {self._metric(stat["Metric"]) for stat in self._stats.values()}

    def times_off(self, published: Mapping[Metric, Series], *, minutes: int) -> int:
        """How many times it goes off in so many minutes from minute 0 on."""
        of = self.thing["EvaluationPeriods"]
        before = of + RETRIEVED_BESIDE
        values = [
            self._value(published, number) for number in range(-before, self._periods(minutes) + 1)
        ]
        compare = _COMPARISONS[self.thing["ComparisonOperator"]]
        points = [
            value if value is None else compare(value, self.thing["Threshold"]) for value in values
        ]
        state, times = INSUFFICIENT, 0
        for last in range(before, len(points)):
            former, state = (
                state,
                next_state(
                    points[last - before + 1 : last + 1],
                    needed=self.thing["DatapointsToAlarm"],
                    of=of,
                    missing=self.thing["TreatMissingData"],
                    state=state,
                ),
            )
            times += (former, state) != (ALARM, ALARM) and state == ALARM
        return times

    def _periods(self, minutes: int) -> int:
        return -(-minutes // self.period_minutes)

    def _period(self) -> int:
        periods = {
            stat["Period"] for stat in [*self._stats.values(), *filter(None, [self._single])]
        }
        (period,) = periods  # all metrics of an expression need the same
        return int(period)

    def _value(self, published: Mapping[Metric, Series], number: int) -> Point:
        """The value of one period."""
        if self._single:
            return self._statistic(published, self._single, self._single["Statistic"], number)
        (expression,) = self._expressions
        values = {
            name: self._statistic(published, stat["Metric"], stat["Stat"], number)
            for name, stat in self._stats.items()
        }
        return calculated(expression["Expression"], values)

    def _statistic(
        self,
        published: Mapping[Metric, Series],
        metric: Mapping[str, Any],
        statistic: str,
        number: int,
    ) -> Point:
        first = number * self.period_minutes
        series = published[self._metric(metric)]
        found = [series(minute) for minute in range(first, first + self.period_minutes)]
        values = [value for value in found if value is not None]
        return _STATISTICS[statistic](values) if values else None

    def _metric(self, metric: Mapping[str, Any]) -> Metric:
        dimensions = {(entry["Name"], entry["Value"]) for entry in metric["Dimensions"]}
        return Metric(self.region, metric["Namespace"], metric["MetricName"], frozenset(dimensions))


def operators_alarms(account: Account) -> list[Alarm]:
    """The alarms that tell somebody; others tell ECS, and only while a version is deployed."""
    return [
        Alarm(thing)
        for thing in account.all("AWS::CloudWatch::Alarm")
        if thing.properties.get("AlarmActions")
    ]
