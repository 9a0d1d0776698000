"""Whether alarms of the load balancer's metrics are on.

ministack evaluates an alarm when somebody puts metric data, which nothing here does, and knows neither
dimensions nor calculations. A minute of CloudWatch lasts a second here.

Source: "Using Amazon CloudWatch alarms" and "Using math expressions with CloudWatch metrics", Amazon
CloudWatch User Guide.
"""

import ast
import operator
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.emulator.balancer_metrics import BalancerMetrics

MINUTE_SECONDS = 1.0

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

Alarm = Mapping[str, Any]
"""An alarm as ministack keeps it, with the property Metrics if it is calculated."""


def looks_back_seconds(alarm: Alarm) -> float:
    """How long the time is that the alarm looks back, here."""
    return float(alarm["EvaluationPeriods"] * _period_seconds(alarm))


def is_on(alarm: Alarm, metrics: BalancerMetrics) -> bool:
    """Whether the alarm is in the state ALARM.

    Raises:
        ValueError, LookupError: The alarm is about something that the embedded AWS does not measure.
    """
    period, now = _period_seconds(alarm), time.monotonic()
    breaching = 0
    for number in range(alarm["EvaluationPeriods"]):
        end = now - number * period
        value = _value(alarm, metrics, end - period, end)
        if value is None:
            breaching += alarm["TreatMissingData"] == "breaching"
        else:
            breaching += _COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])
    return bool(breaching >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]))


def _period_seconds(alarm: Alarm) -> float:
    metrics = alarm.get("Metrics", ())
    periods = [metric["MetricStat"]["Period"] for metric in metrics if "MetricStat" in metric]
    return float(max(periods, default=alarm["Period"])) * MINUTE_SECONDS / 60


def _value(alarm: Alarm, metrics: BalancerMetrics, begin: float, end: float) -> float | None:
    """The datapoint of one period; None if one of the metrics has no data."""

    def measured(metric: Mapping[str, Any], statistic: str) -> float | None:
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        return metrics.datapoint(
            metric["MetricName"], statistic, dimensions["TargetGroup"], begin=begin, end=end
        )

    if "Metrics" not in alarm:
        return measured(alarm, alarm["Statistic"])
    values = {
        one["Id"]: measured(one["MetricStat"]["Metric"], one["MetricStat"]["Stat"])
        for one in alarm["Metrics"]
        if "MetricStat" in one
    }
    (expression,) = (one["Expression"] for one in alarm["Metrics"] if "Expression" in one)
    return calculated(expression, values)


def calculated(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Return the value of a metric math expression with numbers, metrics, operators and IF.

    Args:
        expression: Its text.
        values: What its metrics' ids stand for; if one has no data, neither has the expression.

    Raises:
        ValueError: The expression has anything else.
    """
    known = {name: value for name, value in values.items() if value is not None}

    def of(node: ast.AST) -> float:
        match node:
            case ast.Expression(body=body):
                return of(body)
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](of(left), of(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](of(left), of(right))
            case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
                return of(then) if of(condition) else of(otherwise)
        raise ValueError(f"{expression}: the embedded AWS does not calculate {ast.unparse(node)}")

    return of(ast.parse(expression, mode="eval")) if known.keys() == values.keys() else None
