"""How long the function may still go on: Lambda ends it after a time, at whatever it does."""

import time
from dataclasses import dataclass

from custom_resource import Context

MARGIN_SECONDS = 20
"""What is left for saying why it did not get done."""


@dataclass(frozen=True)
class Deadline:
    """When to give up."""

    moment: float
    """In the time of `time.monotonic`."""

    @classmethod
    def of(cls, context: Context) -> "Deadline":
        """Return the deadline of a call."""
        left = context.get_remaining_time_in_millis() / 1000
        return cls(time.monotonic() + left - MARGIN_SECONDS)

    @property
    def is_near(self) -> bool:
        """Whether to give up now."""
        return time.monotonic() >= self.moment
