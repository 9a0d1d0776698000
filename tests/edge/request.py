"""A request as a firewall sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def _browser() -> Mapping[str, str]:
    return {"host": "instandt.example.com", "user-agent": "Mozilla/5.0", "accept": "*/*"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request, and what AWS knows of its sender; header names are in lower case."""

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=_browser)
    body: bytes = field(default=b"", repr=False)
    address: str = "203.0.113.7"
    country: str = "DE"
    reputation: frozenset[str] = frozenset()
    requests_before: int = 0
    """How many requests the address has sent in the last five minutes."""

    def header(self, name: str) -> str:
        """The header's value, empty when there is none."""
        return self.headers.get(name, "")


def with_headers(**headers: str) -> Mapping[str, str]:
    """A browser's headers and these; underscores stand for hyphens."""
    return {**_browser(), **{name.replace("_", "-"): value for name, value in headers.items()}}
