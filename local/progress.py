"""What the CDK CLI prints, condensed to one line a stack."""

import re
import sys
import time
from dataclasses import dataclass, field

NAME = r"(?:\w+ \()?(?P<stack>[\w-]+)\)?"
"""A stack's name, with or without the id that the application gives it."""
BEGUN = re.compile(rf"^{NAME}: (?:deploying|destroying)\.\.\.")
ENDED = re.compile(rf"^\s*(?P<mark>✅|❌)\s+{NAME}(?: failed)?(?P<remark>.*)$")
EVENT = re.compile(
    r"^(?P<stack>[\w-]+) \|[^|]*\|[^|]+\|\s*(?P<status>[A-Z_]+)\s*\|[^|]+\|\s*(?P<resource>[^|]+)$"
)
FAILED = "❌"
MARKS = {"✅": "✓", FAILED: "✗"}
CLEAR_LINE = "\r\x1b[K"


@dataclass(kw_only=True)
class Progress:
    """Tells a person how far the stacks are.

    Args:
        prefix: What the stacks' names begin with, left out of the lines.
        terminal: Whether a line may be overwritten to show what is going on right now.
    """

    prefix: str
    terminal: bool = field(default_factory=sys.stdout.isatty)
    _begun: dict[str, float] = field(default_factory=dict)
    _now: dict[str, str] = field(default_factory=dict)
    _resources: dict[str, set[str]] = field(default_factory=dict)

    def feed(self, line: str) -> None:
        """Take a line of the CDK CLI's output."""
        if begun := BEGUN.match(line):
            self._begun.setdefault(begun["stack"], time.monotonic())
        elif ended := ENDED.match(line):
            self._end(ended["stack"], ended["mark"], no_changes="no changes" in ended["remark"])
        elif event := EVENT.match(line):
            self._event(event)

    def _event(self, event: re.Match[str]) -> None:
        stack = event["stack"]
        self._begun.setdefault(stack, time.monotonic())
        if event["status"].endswith("_COMPLETE"):
            self._resources.setdefault(stack, set()).add(event["resource"])
        self._now[stack] = event["resource"].strip().split(" ")[0]
        if self.terminal:
            running = ", ".join(f"{self._short(name)}: {what}" for name, what in self._now.items())
            print(f"{CLEAR_LINE}  … {running}"[:110], end="", flush=True)

    def _end(self, stack: str, mark: str, *, no_changes: bool) -> None:
        self._now.pop(stack, None)
        if stack not in self._begun and not no_changes:
            return
        seconds = round(time.monotonic() - self._begun.pop(stack, time.monotonic()))
        remark = f"{len(self._resources.get(stack, ()))} resources"
        if no_changes or mark == FAILED:
            remark = "no changes" if no_changes else "failed"
        start = CLEAR_LINE if self.terminal else ""
        elapsed = f"{seconds // 60}:{seconds % 60:02}"
        print(
            f"{start}  {MARKS[mark]} {self._short(stack):<10} {elapsed:>5}   {remark}", flush=True
        )

    def _short(self, stack: str) -> str:
        return stack.removeprefix(self.prefix)
