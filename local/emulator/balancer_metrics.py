"""What the load balancer publishes of its target groups, counted from what passes the front door.

Source: "CloudWatch metrics for your Application Load Balancer", User Guide for Application Load Balancers.
"""

import statistics
import time
from collections import deque
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
    metric: str
    group: str
    value: float


class BalancerMetrics:
    """The samples of the last minute. Any thread may add some or ask."""

    def __init__(self) -> None:
        self._samples = deque[_Sample]()

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
        values = [
            sample.value
            for sample in list(self._samples)
            if sample.metric == metric and sample.group == group and begin <= sample.at < end
        ]
        return _STATISTICS[statistic](values) if values else None

    def _add(self, metric: str, group_arn: str, value: float) -> None:
        now = time.monotonic()
        group = group_arn.rpartition(":")[2]
        self._samples.append(_Sample(now, metric, group, value))
        while self._samples[0].at < now - _KEPT_SECONDS:
            self._samples.popleft()
