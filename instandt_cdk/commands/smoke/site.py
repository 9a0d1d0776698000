"""The site as a browser reaches it: by its public name, with TLS that is verified."""

import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import urllib3

from instandt_cdk.commands.smoke.verdict import Broken

CONNECT_TO = "SMOKE_CONNECT_TO"
"""The environment variable with ADDRESS:PORT to connect to instead of the site's own address, like curl's
option --connect-to. Name, certificate and host stay the site's. Python takes further trusted authorities
from the file that SSL_CERT_FILE names."""

TIMEOUT = urllib3.Timeout(connect=5, read=30)
LARGEST_ANSWER = 64 * 1024**2
"""So many bytes of an answer are read. The list of media of a large site has some."""
LONGEST_QUOTE = 200
"""So many characters of an answer are shown."""
MOST_REDIRECTS = 5


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the site answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, whatever bytes are in it."""
        return self.body.decode(errors="replace")

    def __str__(self) -> str:
        """The status, and how the body begins if it is an error's."""
        phrase = f"{self.status} {HTTPStatus(self.status).phrase if self.status in _KNOWN else ''}"
        begin = self.text.strip()[:LONGEST_QUOTE] if self.status >= HTTPStatus.BAD_REQUEST else ""
        return f"{phrase.strip()}{f': {begin}' if begin else ''}"


_KNOWN = frozenset(HTTPStatus)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site by its name."""

    domain: str
    address: tuple[str, int]
    """Where to connect to: name or address, and port."""
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    @classmethod
    def of_environment(cls, domain: str) -> Self:
        """Return the site at its own address, or at the one that the environment variable names."""
        host, _, port = os.environ.get(CONNECT_TO, f"{domain}:443").rpartition(":")
        return cls(domain=domain, address=(host, int(port)))

    @cached_property
    def _pool(self) -> urllib3.HTTPSConnectionPool:
        host, port = self.address
        options: dict[str, Any] = {"server_hostname": self.domain, "assert_hostname": self.domain}
        return urllib3.HTTPSConnectionPool(host, port, ssl_context=self.trust, **options)

    def handshake(self) -> tuple[str, dict[str, Any]]:
        """Return TLS's version and the certificate, as `ssl.SSLSocket.getpeercert` describes it.

        Raises:
            Broken: No connection is made, or the certificate is not trusted, or not for the name.
        """
        try:
            with (
                socket.create_connection(self.address, 5) as connection,
                self.trust.wrap_socket(connection, server_hostname=self.domain) as channel,
            ):
                return f"{channel.version()}", channel.getpeercert() or {}
        except ssl.SSLCertVerificationError as error:
            raise Broken(f"the certificate is refused: {error.verify_message}") from None
        except OSError as error:
            raise Broken(f"no connection to {self._at}: {error}") from None

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for a path; redirects are not followed.

        Raises:
            Broken: There is no answer.
        """
        try:
            response = self._pool.urlopen(
                method,
                path,
                body=body,
                headers={"Host": self.domain, "User-Agent": "instandt-smoke", **(headers or {})},
                redirect=False,
                retries=False,
                timeout=TIMEOUT,
                preload_content=False,
            )
            with response:
                content = response.read(LARGEST_ANSWER, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Broken(f"{method} {path} at {self._at} gets no answer: {error}") from None
        return Answer(status=response.status, headers=response.headers, body=content)

    def page(self, path: str = "/") -> Answer:
        """Get a page of the site, following redirects that stay on it.

        Raises:
            Broken: There is no answer, or the redirects lead elsewhere or nowhere.
        """
        url = urljoin(f"https://{self.domain}/", path)
        for _ in range(MOST_REDIRECTS):
            parts = urlsplit(url)
            answer = self.ask("GET", parts._replace(scheme="", netloc="").geturl() or "/")
            if not HTTPStatus(300) <= answer.status < HTTPStatus.BAD_REQUEST:
                return answer
            url = urljoin(url, answer.headers.get("Location", ""))
            if urlsplit(url).hostname != self.domain:
                raise Broken(f"{parts.path or '/'} leads to {url}, which is another site")
        raise Broken(f"{path} is redirected more than {MOST_REDIRECTS} times, at last to {url}")

    @property
    def _at(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"
