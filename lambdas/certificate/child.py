"""The process that runs certbot: `python -m certificate.child certonly …`."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import requests
from acme import client
from acme.messages import Error as AcmeError
from certbot.main import main

from certificate import failures


class Network(client.ClientNetwork):
    """The connection to the authority. It prints when the authority allows the next request.

    certbot's errors lack this time, which is in Retry-After (RFC 8555, 6.6).
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the base's
        super().__init__(*arguments, **options)
        self.session.hooks["response"].append(_print_retry_notice)


def _print_retry_notice(response: requests.Response, **_: object) -> None:
    notice = failures.retry_notice(response.headers)
    if notice is not None and not response.ok:
        print(notice)


def explained(error: BaseException) -> str:
    """Describe an error, and the authority's error behind it with its type (RFC 8555, 6.7).

    certbot's own report lacks the type.
    """
    lines = [f"{type(error).__name__}: {error}"]
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, AcmeError):
        cause = cause.__context__
    if cause not in (None, error):
        lines.append(str(cause))
    return "\n".join(lines)


def run(command: Callable[[], str | int | None]) -> NoReturn:
    """Run a command and end the process; an error is explained in the last lines on stderr."""
    client.ClientNetwork = Network  # type: ignore[misc]
    try:
        sys.exit(command())
    except Exception as error:  # certbot's errors have no common base class
        sys.exit(explained(error))


if __name__ == "__main__":
    run(main)
