"""Condenses the CDK CLI's output to one line for each stack."""

import re
import shutil
import sys
import time
from dataclasses import dataclass, field

NAME = r"(?:\w+ \()?(?P<stack>[\w-]+)\)?"
"""A stack's name, with or without the id that the application gives it."""
BEGUN = re.compile(rf"^{NAME}: (?:deploying|destroying)\.\.\.")
ENDED = re.compile(rf"^\s*(?P<mark>✅|❌)\s+{NAME}(?: failed)?(?P<remark>.*)$")
EVENT = re.compile(r"^(?P<stack>[\w-]+) \|[^|]*\|[^|]+\|[^|]+\|[^|]+\|\s*(?P<resource>[^|]+)$")
OUTCOMES = ("no changes", "destroyed")
CLEAR_LINE = "\r\x1b[K"


@dataclass(kw_only=True)
class Progress:
    """Prints how far each stack is.

    Args:
        prefix: Of the environment's names; it is not printed.
        terminal: Whether to show the resource in progress, in a line that is overwritten.
    """

    prefix: str
    terminal: bool = field(default_factory=sys.stdout.isatty)
    _begun: dict[str, float] = field(default_factory=dict)
    _now: dict[str, str] = field(default_factory=dict)

    def feed(self, line: str) -> None:
        """Take a line of the CDK CLI's output."""
        if begun := BEGUN.match(line):
            self._begun.setdefault(begun["stack"], time.monotonic())
        elif ended := ENDED.match(line):
            self._end(ended["stack"], ended["mark"], ended["remark"])
        elif event := EVENT.match(line):
            self._event(event)

    def _event(self, event: re.Match[str]) -> None:
        stack = event["stack"]
        self._begun.setdefault(stack, time.monotonic())
        self._now[stack] = event["resource"].strip().split(" ")[0]
        if self.terminal:
            running = ", ".join(f"{self._short(name)}: {what}" for name, what in self._now.items())
            width = shutil.get_terminal_size().columns - 1
            print(f"{CLEAR_LINE}{f'  … {running}'[:width]}", end="", flush=True)

    def _end(self, stack: str, mark: str, remark: str) -> None:
        self._now.pop(stack, None)
        seconds = round(time.monotonic() - self._begun.pop(stack, time.monotonic()))
        outcome = next((known for known in OUTCOMES if known in remark), "deployed")
        sign, outcome = ("✓", outcome) if mark == "✅" else ("✗", "failed")
        start = CLEAR_LINE if self.terminal else ""
        elapsed = f"{seconds // 60}:{seconds % 60:02}"
        print(f"{start}  {sign} {self._short(stack):<10} {elapsed:>5}   {outcome}", flush=True)

    def _short(self, stack: str) -> str:
        return stack.removeprefix(f"{self.prefix}-")
