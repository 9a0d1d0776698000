"""Whether a version is older than the one before it."""

import re

_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?![\d.])")


def is_older(new: str, *, old: str | None) -> bool:
    """Whether an image's tag names an older version than the one before; False if either names none.

    Only the numbers count: 2.1.0-rc1 and 2.1.0 are the same (Semantic Versioning 2.0.0, section 11).
    """
    numbers, former = _numbers(new), _numbers(old or "")
    return bool(numbers and former and numbers < former)


def _numbers(tag: str) -> tuple[int, ...]:
    match = _VERSION.match(tag)
    return tuple(int(number or 0) for number in match.groups()) if match else ()
