"""Follow what the containers say, until Ctrl-C."""

import argparse
import datetime as dt
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.progress import say
from migration.redaction import UNPRINTABLE

HELP = "follow the containers' logs"
CONTAINERS = ("migration", "backend", "frontend")
COLOURS = {"migration": 33, "backend": 36, "frontend": 35}
"""As terminals number them (ECMA-48, "SGR")."""
POLL_SECONDS = 2
DELAY_SECONDS = 30
"""So late a line may become visible after others; so far each look goes back."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose logs, and from when."""
    parser.add_argument("--of", choices=CONTAINERS, help="only one container's")
    parser.add_argument("--minutes", type=int, default=10, help="how far to look back at first")
    parser.add_argument("--no-follow", action="store_true", help="end when everything is shown")


def run(environment: Deployed, given: argparse.Namespace) -> int:
    """Print lines as they come."""
    wanted = (given.of,) if given.of else CONTAINERS
    groups = environment.resources("Services", "AWS::Logs::LogGroup")
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=given.minutes)
    logs = [
        Log(
            container=container,
            group=group,
            client=environment.client("logs"),
            since=int(since.timestamp() * 1000),
        )
        for container in wanted
        for key, group in groups.items()
        if key.startswith(f"{container.capitalize()}TaskLog")
    ]
    try:
        while True:
            for line in sorted(line for log in logs for line in log.news()):
                show(line)
            if given.no_follow:
                return 0
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return 0


@dataclass(order=True)
class Line:
    """What a container said at a time, in milliseconds since 1970."""

    when: int
    container: str
    text: str


@dataclass(kw_only=True)
class Log:
    """The log of a container, and what of it was shown."""

    container: str
    group: str
    client: Any
    since: int
    """Milliseconds since 1970."""
    _shown: dict[str, int] = field(default_factory=dict)
    """The times of the events that were shown, by their ids."""

    def news(self) -> Iterator[Line]:
        """The lines that were not there at the last look."""
        pages = self.client.get_paginator("filter_log_events").paginate(
            logGroupName=self.group, startTime=self.since
        )
        for event in (event for page in pages for event in page["events"]):
            if event["eventId"] not in self._shown:
                self._shown[event["eventId"]] = event["timestamp"]
                yield Line(event["timestamp"], self.container, event["message"])
        newest = max(self._shown.values(), default=0)
        self.since = max(self.since, newest - DELAY_SECONDS * 1000)
        self._shown = {key: when for key, when in self._shown.items() if when >= self.since}


def show(line: Line) -> None:
    """Print a line, in its container's colour on a terminal; what a terminal would obey is not shown."""
    when = dt.datetime.fromtimestamp(line.when / 1000, dt.UTC)
    name = f"{line.container:<9}"
    if sys.stdout.isatty():
        name = f"\x1b[{COLOURS[line.container]}m{name}\x1b[0m"
    text = UNPRINTABLE.sub("�", line.text.rstrip())
    say(f"{when:%H:%M:%S} {name} {text}")
