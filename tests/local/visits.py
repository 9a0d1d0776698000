"""A client that asks for the site's page, for as long as something else happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local import site
from local.environment import Environment

PAUSE_SECONDS = 0.25


@contextmanager
def constant_visits(env: Environment, *, at_least: int) -> Iterator[None]:
    """Ask again and again through the front door; in the end, no request must have failed.

    The frontend asks the backend for the page, and the backend the database.
    """
    answers, failures, done = 0, list[str](), threading.Event()

    def visit() -> None:
        nonlocal answers
        while not done.wait(PAUSE_SECONDS):
            try:
                site.visit(env)
                answers += 1
            except site.SiteError as error:
                failures.append(str(error))

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert failures == []
    assert answers >= at_least
