"""What the load balancer publishes of its target groups, counted from what passes the front door.

Source: "CloudWatch metrics for your Application Load Balancer", User Guide for Application Load Balancers.
"""

import operator
import statistics
import threading
import time
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_KEPT_SECONDS = 60

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": statistics.fmean,
}


@dataclass(frozen=True)
class _Sample:
    at: float
    """On the monotonic clock."""
    value: float


_AT = operator.attrgetter("at")


class BalancerMetrics:
    """The samples of the last minute. Any thread may add some or ask."""

    def __init__(self) -> None:
        self._samples = defaultdict[tuple[str, str], deque[_Sample]](deque)
        """In the order of time, by metric and target group."""
        self._lock = threading.Lock()

    def answered(self, group_arn: str, status: int) -> None:
        """Count a request that a target has answered."""
        self._add("RequestCount", group_arn, 1)
        if status >= 500:
            self._add("HTTPCode_Target_5XX_Count", group_arn, 1)

    def healthy(self, group_arn: str, number: int) -> None:
        """Note how many targets of a group are healthy now."""
        self._add("HealthyHostCount", group_arn, number)

    def datapoint(
        self, metric: str, statistic: str, group: str, *, begin: float, end: float
    ) -> float | None:
        """Return a statistic over a time, or None without data.

        Args:
            metric: The metric's name.
            statistic: "Sum" or "Average".
            group: The target group's full name, as in the metric's dimension.
            begin: On the monotonic clock.
            end: On the monotonic clock; excluded.

        Raises:
            KeyError: It is another statistic.
        """
        with self._lock:
            samples = list(self._samples[metric, group])
        # Alarms ask for a second out of sixty, ten times a second, while users make most of the samples.
        found = slice(bisect_left(samples, begin, key=_AT), bisect_left(samples, end, key=_AT))
        values = [sample.value for sample in samples[found]]
        return _STATISTICS[statistic](values) if values else None

    def _add(self, metric: str, group_arn: str, value: float) -> None:
        group = group_arn.rpartition(":")[2]
        with self._lock:
            now = time.monotonic()
            samples = self._samples[metric, group]
            samples.append(_Sample(now, value))
            while samples[0].at < now - _KEPT_SECONDS:
                samples.popleft()
