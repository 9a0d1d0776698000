"""The process that runs certbot: `python -m certificate.child certonly …`."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import requests
from acme import client
from acme.messages import Error as AcmeError
from certbot.main import main
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from certificate import failures

NONCE_ATTEMPTS = 10
"""How often a request is repeated with another nonce. certbot repeats it once, and then all of its run,
each with an order of its own."""


class Patience(Retry):
    """Repeats a request, after 0, 2, 4, 8 and 16 s, if the server is overloaded and does not say until when.

    If it says so, the whole run waits, for as long as there is time. A POST may be repeated as well: its
    nonce lets the authority take it only once (RFC 8555, 6.5).
    """

    def is_retry(self, _method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Whether to repeat a request after this answer."""
        return status_code in (502, 503, 504) and not has_retry_after


PATIENCE = Patience(
    total=5, read=False, backoff_factor=1, raise_on_status=False, respect_retry_after_header=False
)


class Network(client.ClientNetwork):
    """The connection to the authority. It is patient, and prints when the authority allows the next request.

    certbot's errors lack this time, which is in Retry-After (RFC 8555, 6.6).
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the base's
        super().__init__(*arguments, **options)
        self.session.hooks["response"].append(_print_retry_notice)
        self.session.mount("https://", HTTPAdapter(max_retries=PATIENCE))

    def post(self, *arguments: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - the base's
        """Send a signed request, and again if its nonce was refused (RFC 8555, 6.5)."""
        for _ in range(NONCE_ATTEMPTS - 1):
            try:
                return self._post_once(*arguments, **options)
            except AcmeError as error:
                if error.code != "badNonce":
                    raise
        return self._post_once(*arguments, **options)


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
