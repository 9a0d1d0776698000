"""The tests' CloudWatch decides as the one in Amazon's guide."""

import pytest

from local.emulator.alarms import calculated
from tests.alarms.cloudwatch import ALARM, OK, next_state

BEFORE = "the state before"

TABLE = [
    # needed, points, ignore, breaching, notBreaching
    (3, "0-X-X", OK, OK, OK),
    (3, "0----", OK, OK, OK),
    (3, "-----", BEFORE, ALARM, OK),
    (3, "0XX-X", ALARM, ALARM, ALARM),
    (3, "----X", BEFORE, ALARM, OK),
    (3, "X----", BEFORE, ALARM, OK),
    (2, "0-X-X", ALARM, ALARM, ALARM),
    (2, "00X0X", ALARM, ALARM, ALARM),
    (2, "0-X--", OK, ALARM, OK),
    (2, "----0", OK, ALARM, OK),
    (2, "----X", BEFORE, ALARM, OK),
]
"""The tables of "How alarm state is evaluated when data is missing", Amazon CloudWatch User Guide; three
periods are evaluated. No alarm here treats missing data as missing."""


@pytest.mark.parametrize(("needed", "points", "ignore", "breaching", "good"), TABLE)
def test_missing_data_count_as_in_the_guide(
    needed: int, points: str, ignore: str, breaching: str, good: str
) -> None:
    known = {"0": False, "X": True, "-": None}
    for missing, expected in (("ignore", ignore), ("breaching", breaching), ("notBreaching", good)):
        state = next_state(
            [known[point] for point in points], needed=needed, of=3, missing=missing, state=BEFORE
        )
        assert state == expected, missing


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("IF(a > 100, 0, b - c)", {"a": 100.0, "b": 2.0, "c": 1.0}, 1),
        ("IF(a > 100, 0, b - c)", {"a": 101.0, "b": 2.0, "c": 1.0}, 0),
        ("IF(a > 100, 0, b - c)", {"a": None, "b": 2.0, "c": 1.0}, None),
        ("IF(a * b / 100 >= 10, b, 0)", {"a": 100.0, "b": 10.0}, 10),
        ("IF(a * b / 100 >= 10, b, 0)", {"a": 99.0, "b": 10.0}, 0),
    ],
)
def test_metric_math_is_computed(
    expression: str, values: dict[str, float | None], expected: float | None
) -> None:
    assert calculated(expression, values) == expected


def test_unknown_metric_math_is_refused() -> None:
    with pytest.raises(ValueError, match="does not calculate FILL"):
        calculated("FILL(a, 0)", {"a": 1.0})
