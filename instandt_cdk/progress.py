"""What the operator sees while a command works, and how it waits."""

import sys
import time
from collections.abc import Callable, Iterator

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def wait_until(look: Callable[[], str | None]) -> None:
    """Look again and again until there is nothing to wait for; how long it takes is AWS's affair.

    Args:
        look: Returns what is waited for, or None. A change of it is printed.
    """
    said = None
    for pause in _pauses():
        state = look()
        if state is None:
            return
        if state != said:
            say(f"  {time.strftime('%H:%M:%S')}  {state}")
            said = state
        time.sleep(pause)


def _pauses() -> Iterator[float]:
    """Longer and longer pauses."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
