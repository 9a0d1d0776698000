"""Tells what a deployment waits for, how long that typically takes and what comes then."""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from instandt_cdk.changes.stacks import Stacks
from instandt_cdk.doctor.stacks import deployed
from instandt_cdk.durations.graph import END, Graph, Step
from instandt_cdk.durations.updates import update
from instandt_cdk.names import Names
from instandt_cdk.progress import say

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

POLL_SECONDS = 5
SAY_AGAIN = dt.timedelta(minutes=1)
NEXT_STEPS = 2
"""How many of the steps that come then are named."""
IN_PROGRESS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")


@dataclass(frozen=True)
class Busy:
    """A resource that CloudFormation makes or changes."""

    step: Step
    begun: dt.datetime


@dataclass(kw_only=True)
class Teller:
    """Knows what was said, and says what is new."""

    graph: Graph
    started: dt.datetime
    _told: dict[str, Step | None] = field(default_factory=dict)
    _last: dt.datetime | None = None

    def introduction(self) -> str:
        """How long the whole of it typically takes."""
        first = "" if self.graph.standing else "first "
        return f"This {first}deployment typically takes {self.graph.total:.0f} min."

    def lines(
        self, busy: Sequence[Busy], rolled_back: Sequence[str], now: dt.datetime
    ) -> Iterator[str]:
        """Say what is waited for, where that has changed, and what takes longest, once a minute.

        Args:
            busy: What CloudFormation works at.
            rolled_back: The stacks that it rolls back.
            now: The time.
        """
        known = [
            one
            for one in busy
            if one.step in self.graph.durations and one.step.stack not in rolled_back
        ]
        longest = {
            stack: max(
                (one for one in known if one.step.stack == stack and self.graph.name(one.step)),
                key=lambda one: self._left(one, now),
                default=None,
            )
            for stack in dict.fromkeys(one.step.stack for one in known)
        }
        fresh = [one for stack, one in longest.items() if one and self._told.get(stack) != one.step]
        if not fresh and (self._last is None or now - self._last >= SAY_AGAIN):
            waited = [one for one in longest.values() if one]
            fresh = sorted(waited, key=lambda one: self._left(one, now))[-1:]
        for stack in rolled_back:
            if stack in self.graph.titles and self._told.get(stack) != Step(stack, END):
                self._told[stack], self._last = Step(stack, END), now
                yield self._timed(
                    now, f"{self.graph.titles[stack]}: something failed, it is rolled back"
                )
        for one in fresh:
            self._told[one.step.stack], self._last = one.step, now
            yield self._timed(now, self._waiting(one, now))

    def _waiting(self, one: Busy, now: dt.datetime) -> str:
        typical, elapsed = self.graph.minutes(one.step), _minutes(now - one.begun)
        so_far = f"{elapsed:.0f} of typically {typical:g} min"
        if elapsed > typical:
            so_far = f"{elapsed:.0f} min, typically {typical:g}"
        title = self.graph.titles[one.step.stack]
        then = ", ".join(self._following(one.step)) or "nothing else"
        return (
            f"{title}: {self.graph.name(one.step)}, {so_far}; then {then}; "
            f"{self._left(one, now):.0f} min left"
        )

    def _following(self, step: Step) -> Iterator[str]:
        """The next steps on the longest way that people wait for, and the stacks that follow."""
        named = 0
        while named < NEXT_STEPS and (following := self.graph.following.get(step)):
            if following.stack != step.stack and self._has_work(following.stack):
                yield self.graph.titles[following.stack]
                named += 1
            elif (name := self.graph.name(following)) and self.graph.minutes(following):
                yield name
                named += 1
            step = following

    def _has_work(self, stack: str) -> bool:
        return any(self.graph.minutes(step) for step in self.graph.waits_for if step.stack == stack)

    def _left(self, one: Busy, now: dt.datetime) -> float:
        """The minutes to the end of the deployment, if only this one mattered."""
        left = max(self.graph.minutes(one.step) - _minutes(now - one.begun), 0)
        return left + self.graph.remaining[one.step]

    def _timed(self, now: dt.datetime, text: str) -> str:
        return f"{_minutes(now - self.started):4.0f} min  {text}"


@contextmanager
def told(
    cloudformation: Mapping[str, "CloudFormationClient"],
    names: Names,
    *,
    before: Stacks,
    assembly: Path,
) -> Iterator[None]:
    """Say on standard output what is waited for while the block runs.

    Args:
        cloudformation: A client for each region with stacks.
        names: The environment's.
        before: The stacks as they are deployed.
        assembly: Where the CDK CLI synthesizes before it begins.
    """
    ended = threading.Event()
    started = dt.datetime.now(dt.UTC)
    # CloudFormation's times are less exact than the clock's.
    watch = Watch(cloudformation=cloudformation, names=names, since=started.replace(microsecond=0))

    def tell() -> None:
        teller: Teller | None = None
        while not ended.wait(POLL_SECONDS):
            try:
                busy, rolled_back = watch.look()
            except (BotoCoreError, ClientError):
                # It is a courtesy: the CDK CLI says what is wrong.
                continue
            if not busy and not rolled_back:
                continue
            if teller is None:
                graph = Graph.synthesized(assembly)
                teller = Teller(
                    graph=update(graph, before, Stacks.synthesized(assembly)), started=started
                )
                say(teller.introduction())
            for line in teller.lines(busy, rolled_back, dt.datetime.now(dt.UTC)):
                say(line)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@dataclass(kw_only=True)
class Watch:
    """Reads CloudFormation's events, each once.

    Args:
        cloudformation: A client for each region with stacks.
        names: The environment's.
        since: When the deployment began.
    """

    cloudformation: Mapping[str, "CloudFormationClient"]
    names: Names
    since: dt.datetime
    _seen: dict[str, str] = field(default_factory=dict)
    _busy: dict[Step, Busy] = field(default_factory=dict)

    def look(self) -> tuple[list[Busy], list[str]]:
        """Return the resources that CloudFormation works at, and the stacks that it rolls back.

        Raises:
            BotoCoreError: AWS could not be reached.
            ClientError: AWS refused a request.
        """
        at_work, rolled_back = set(), []
        for client in self.cloudformation.values():
            for stack in deployed(client, self.names):
                if stack["StackStatus"] in IN_PROGRESS:
                    at_work.add(stack["StackName"])
                    self._read(client, stack["StackName"])
                elif "ROLLBACK_IN_PROGRESS" in stack["StackStatus"]:
                    rolled_back.append(stack["StackName"])
        return [one for step, one in self._busy.items() if step.stack in at_work], rolled_back

    def _read(self, client: "CloudFormationClient", stack: str) -> None:
        """Read what has happened since the last look."""
        for event in reversed(list(self._new(client, stack))):
            step = Step(stack, event["LogicalResourceId"])
            if event["ResourceStatus"] in IN_PROGRESS:
                self._busy.setdefault(step, Busy(step, event["Timestamp"]))
            else:
                self._busy.pop(step, None)
            self._seen[stack] = event["EventId"]

    def _new(self, client: "CloudFormationClient", stack: str) -> Iterator["StackEventTypeDef"]:
        """The events that were not read yet, the newest first."""
        for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
            for event in page["StackEvents"]:
                if event["EventId"] == self._seen.get(stack) or event["Timestamp"] < self.since:
                    return
                yield event


def _minutes(span: dt.timedelta) -> float:
    return span.total_seconds() / 60
