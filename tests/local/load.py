"""A client that asks all the time, at a given rate, for as long as something else happens.

Browsers go on asking while operators work. Whatever an operator does, no request may be lost.

Most of what a request costs here is the login to the database: 15 ms of CPU, in the backend and PostgreSQL.
"""

import asyncio
import hashlib
import itertools
import json
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp

from local import site
from local.environment import ADDRESS, Environment

CLIENTS = 16
"""How many requests may be under way. When all wait, the next requests are late, and none is left out."""
NEW_CONNECTION_EVERY = 10
TIMEOUT_SECONDS = 20
IDLE_SECONDS = 2
"""Shorter than the front door's, so that no request meets the end of its connection."""
POLL_SECONDS = 0.05
MEDIUM = b"DICM" * 1024
SHA256 = hashlib.sha256(MEDIUM).hexdigest()

CYCLE = ("page", "version", "upload", *["health"] * 3, *["style"] * 4)
"""The kinds of requests, in turn. For the page, the frontend asks the backend twice. Whatever the backend is
asked, it logs in to the database anew. An upload becomes an object in S3."""


@dataclass
class Load:
    """What was asked, and what became of it."""

    answers: Counter[str] = field(default_factory=Counter)
    """How many requests were answered as they should be, by their kind."""
    failures: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)
    """Failures that the caller expects."""
    versions: Counter[str] = field(default_factory=Counter)
    """How many answers told that they came from a version of the backend."""


@contextmanager
def constant_load(
    env: Environment, *, per_second: float, at_least: int, tolerated: str | None = None
) -> Iterator[Load]:
    """Ask for the page and the API, and upload; in the end, no request must have failed.

    Args:
        env: The environment whose front door is asked.
        per_second: How many requests begin in a second.
        at_least: How many must have been answered; asking goes on until they are.
        tolerated: A regular expression; wrong answers that it describes are no failures.
    """
    load, done = Load(), threading.Event()

    def ask() -> None:
        asyncio.run(_Client(env, load, tolerated).ask(per_second, done=done))

    thread = threading.Thread(target=ask, name="load")
    thread.start()
    try:
        yield load
        while load.answers.total() < at_least and not load.failures and thread.is_alive():
            time.sleep(POLL_SECONDS)
    finally:
        done.set()
        thread.join()
    assert not load.failures, f"{len(load.failures)} requests were lost: {load.failures[:10]}"
    assert load.answers.total() >= at_least, "the client has ended"


class _Client:
    """Several browsers at once."""

    def __init__(self, env: Environment, load: Load, tolerated: str | None) -> None:
        self._load = load
        self._tolerated = tolerated
        self._trust = ssl.create_default_context(cafile=env.root)
        self._address = f"https://{ADDRESS}:{env.ports.front_door}"
        self._domain = env.settings.site.domain

    async def ask(self, per_second: float, *, done: threading.Event) -> None:
        """Ask until told that it is enough."""
        due = itertools.count(time.monotonic(), 1 / per_second)
        numbers = itertools.count()
        connector = aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS, limit=CLIENTS)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

            async def browse() -> None:
                while not done.is_set():
                    await asyncio.sleep(next(due) - time.monotonic())
                    await self._request(session, next(numbers))

            await asyncio.gather(*(browse() for _ in range(CLIENTS)))

    async def _request(self, session: aiohttp.ClientSession, number: int) -> None:
        """Ask once, and note the answer."""
        kind = CYCLE[number % len(CYCLE)]
        method, path, judge = ASKED[kind]
        headers = {"Host": self._domain}
        if number % NEW_CONNECTION_EVERY == 0:
            headers["Connection"] = "close"
        try:
            async with session.request(
                method,
                f"{self._address}{path}",
                headers=headers,
                data=MEDIUM if method == "POST" else None,
                ssl=self._trust,
                server_hostname=self._domain,
            ) as response:
                text = await response.text()
            version = judge(response.status, text)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
            failure = f"{number} {method} {path}: {type(error).__name__}: {error}"
            expected = self._tolerated and re.search(self._tolerated, failure)
            (self._load.tolerated if expected else self._load.failures).append(failure)
            return
        self._load.answers[kind] += 1
        if version:
            self._load.versions[version] += 1


def _judge_page(status: int, text: str) -> str:
    versions = dict(site.VERSIONS.findall(text))
    # Without an answer of the backend, the page is there all the same.
    if status != HTTPStatus.OK or not site.MIGRATED_AT.search(text):
        problem = re.search('class="notice">([^<]+)', text)
        raise ValueError(f"{status}, {versions}, {problem and problem[1]}")
    return str(versions["backend"])


def _judge_style(status: int, text: str) -> None:
    if status != HTTPStatus.OK or not text.startswith(":root"):
        raise ValueError(f"{status}: {text}")


def _judge_json(status: int, text: str) -> str | None:
    if status != HTTPStatus.OK:
        raise ValueError(f"{status}: {text}")
    answer = json.loads(text)
    return str(answer["version"]) if "version" in answer else None


def _judge_upload(status: int, text: str) -> None:
    if status != HTTPStatus.CREATED or json.loads(text)["sha256"] != SHA256:
        raise ValueError(f"{status}: {text}")


Judge = Callable[[int, str], str | None]
"""Takes status and body; returns the backend's version, if the answer tells it.

Raises ValueError or KeyError if this is not the answer that a user wants.
"""

ASKED: dict[str, tuple[str, str, Judge]] = {
    "page": ("GET", "/", _judge_page),
    "style": ("GET", "/style.css", _judge_style),
    "version": ("GET", "/api/version", _judge_json),
    "health": ("GET", "/api/health", _judge_json),
    "upload": ("POST", "/api/media?name=load", _judge_upload),
}
