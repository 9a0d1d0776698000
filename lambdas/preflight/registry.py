"""A client that asks a container registry whether repositories and images exist.

Sources: OCI Distribution Specification ("Pull"); CNCF Distribution, "Token Authentication Specification",
which GitLab's container registry follows; RFC 7617 (Basic).
"""

import base64
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from urllib.parse import urlencode

from preflight.errors import PreflightError
from preflight.login import Login

ATTEMPTS = 5
TIMEOUT_SECONDS = 10.0

MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
"""The accepted types of an image's manifest; a registry hides images of other types."""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A registry and the user's login."""

    host: str
    """With ":PORT" if that is not 443."""
    login: Login

    def status_of_repository(self, name: str) -> int:
        """Ask whether the user may pull from a repository, and return the HTTP status.

        Raises:
            PreflightError: The registry cannot be reached.
        """
        return self._status("GET", name, "tags/list?n=1")

    def status_of_manifest(self, name: str, reference: str) -> int:
        """Ask whether an image exists, and return the HTTP status.

        Args:
            name: The repository's name.
            reference: A tag or a digest.

        Raises:
            PreflightError: The registry cannot be reached.
        """
        return self._status("HEAD", name, f"manifests/{reference}")

    def _status(self, method: str, repository: str, path: str) -> int:
        url = f"https://{self.host}/v2/{repository}/{path}"
        answer = self._send(url, method=method)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer.status
        challenges = answer.headers.get_all("WWW-Authenticate", [])
        bearer = next((c for c in challenges if c.lower().startswith("bearer ")), None)
        if bearer is None:
            return self._send(url, method=method, authorization=self._basic).status
        granted = self._ask_for_token(bearer, repository)
        if granted.status != HTTPStatus.OK:
            return granted.status
        bearer_token = self._token_in(granted.body)
        return self._send(url, method=method, authorization=f"Bearer {bearer_token}").status

    @property
    def _basic(self) -> str:
        pair = f"{self.login.username}:{self.login.token}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def _ask_for_token(self, challenge: str, repository: str) -> _Answer:
        parameters = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = parameters.get("realm", "")
        if not realm.startswith("https://"):
            raise PreflightError(
                f'The registry {self.host} wants the token to be sent to "{realm}", which is not https; '
                "correct its configuration."
            )
        query = {"service": parameters.get("service", ""), "scope": f"repository:{repository}:pull"}
        separator = "&" if "?" in realm else "?"
        return self._send(f"{realm}{separator}{urlencode(query)}", authorization=self._basic)

    def _token_in(self, body: bytes) -> str:
        """Read the answer to a login. What is no header's value is refused here: Python would quote it."""
        try:
            answered = json.loads(body)
            token = answered.get("token") or answered.get("access_token")
        except (ValueError, AttributeError):
            token = None
        if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
            raise PreflightError(
                f"The container registry {self.host} answers a login with something else than a token. Check "
                "that registry.host is a container registry and no proxy is in the way, then deploy again."
            )
        return token

    def _send(self, url: str, *, method: str = "GET", authorization: str = "") -> _Answer:
        """Send a request, and retry it if the network or the server fails temporarily."""
        request = urllib.request.Request(url, method=method, headers={"Accept": MANIFESTS})  # noqa: S310
        if authorization:
            # A redirect may lead to another server, such as an object store, which must not get the token.
            request.add_unredirected_header("Authorization", authorization)
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(2.0 ** (attempt - 1))
            try:
                answer = _once(request)
            except (OSError, http.client.HTTPException) as error:
                problem = str(getattr(error, "reason", error)) or type(error).__name__
                continue
            if not _is_temporary(answer.status):
                return answer
            problem = f"it answers {describe(answer.status)}"
        raise PreflightError(
            f"The container registry {self.host} cannot be used: {problem}, in {ATTEMPTS} attempts. Check "
            "that registry.host is right and that the registry is up, then deploy again."
        )


def describe(status: int) -> str:
    """Return an HTTP status as number and phrase, such as "404 Not Found"."""
    return f"{status} {http.client.responses.get(status, '')}".strip()


def _once(request: urllib.request.Request) -> _Answer:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - https
            return _Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, error.headers, b"")


def _is_temporary(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
