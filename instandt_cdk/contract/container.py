"""What a platform has to know of a container to run it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto


class Secret(StrEnum):
    """The confidential values; a platform keeps each in its own vault."""

    JWT_KEY = auto()
    JWT_PAT_KEY = auto()
    CONNECTION_STRING = auto()
    DATABASE_USERNAME = auto()
    DATABASE_PASSWORD = auto()


class Need(StrEnum):
    """What a container has to reach; a platform opens just these ways."""

    API = auto()
    """The backend's API, by the site's internal name."""
    DATABASE = auto()
    """PostgreSQL."""
    MEDIA = auto()
    """The place where media are kept, to read and to write."""
    MAIL = auto()
    """Somebody who sends e-mails."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image, in the words of the OCI Distribution Specification."""

    name: str
    """Below what the application's images have in common: a project or a prefix."""
    reference: str
    """A tag, or a digest."""

    @property
    def address(self) -> str:
        """Name and reference, as `docker pull` wants them."""
        return f"{self.name}{'@' if ':' in self.reference else ':'}{self.reference}"


@dataclass(frozen=True, kw_only=True)
class WebServer:
    """How a container that serves HTTP is reached, and how many copies of it run."""

    port: int
    health_path: str
    """Answers with one of the health codes when the container is well."""
    health_codes: str
    """Status codes and ranges of them: "200,301-302"."""
    longest_request_seconds: int
    """How long requests under way may go on when the container is replaced."""
    path_pattern: str
    """Which requests are its own: `*` stands for any characters."""
    priority: int
    """Where patterns overlap, the lowest wins."""
    minimum_copies: int
    maximum_copies: int


@dataclass(frozen=True, kw_only=True)
class Container:
    """One of the application's containers."""

    name: str
    image: Image
    cpu_units: int
    """1024 are one virtual CPU."""
    memory_mib: int
    environment: Mapping[str, str]
    """The variables that may be read by everybody."""
    secrets: Mapping[str, Secret]
    """The confidential variables."""
    needs: frozenset[Need]
    read_only_root: bool
    """Whether it can write to /tmp only."""
    user: str | None
    """Whom it runs as: a user's number, or USER:GROUP; None for the image's own choice."""
    web_server: WebServer | None = None
    """None for a container that runs to its end."""
