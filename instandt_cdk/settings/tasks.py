"""The sections [frontend], [backend] and [migration]: the three containers."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from instandt_cdk.settings.limits.instance_types import INSTANCE_TYPES
from instandt_cdk.settings.section import HttpPath, Section, Text, refused

LARGEST_CPU = 10240
"""The most CPU units of a task ("Amazon ECS task definition parameters for Amazon EC2")."""

LARGEST_MEMORY_MIB = max(capacity.memory_mib for capacity in INSTANCE_TYPES.values())
"""What the largest instance type has for containers."""

MOST_COPIES = 500
"""With this, both services together stay within the 1000 targets of a load balancer ("Quotas for your
Application Load Balancers")."""


HEALTH_CODES = range(200, 500)
"""The codes that may count as healthy ("Health checks for Application Load Balancer target groups")."""


def _possible_codes(value: str) -> str:
    for entry in value.split(","):
        first, _, last = entry.partition("-")
        if not HEALTH_CODES.start <= int(first) <= int(last or first) < HEALTH_CODES.stop:
            raise refused(f"has {entry}, which no health check can expect; choose from 200 to 499")
    return value


HealthCodes = Annotated[
    str,
    Text(r"[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*", "a list of status codes", "200,301-302"),
    AfterValidator(_possible_codes),
]


def _not_root(value: str) -> str:
    if int(value.partition(":")[0]) == 0:
        raise refused("is root, which can do more than a container needs; choose another user")
    return value


UserId = Annotated[
    str,
    Text(r"[0-9]{1,9}(:[0-9]{1,9})?", "a user's number, or USER:GROUP", "1000:1000"),
    AfterValidator(_not_root),
]


class TaskSettings(Section):
    """The resources of one container."""

    cpu: int = Field(ge=128, le=LARGEST_CPU)
    """The CPU units of the container; 1024 are one virtual CPU."""

    memory_mib: int = Field(ge=128, le=LARGEST_MEMORY_MIB)
    """The memory of the container, in MiB. A container that uses more is stopped."""

    read_only_root: bool = False
    """Whether the container can write to /tmp only, so that an intruder finds nowhere to stay. Off, because
    only the vendor knows where else the image writes. ECS opens no shell in such a container."""

    user: UserId | None = None
    """The number of the user whom the container runs as, or USER:GROUP. If left out, the image decides, and
    many choose root. Only the vendor knows with which users the image works."""


class ServiceSettings(TaskSettings):
    """One of the two services."""

    desired_count: int = Field(default=2, ge=1, le=MOST_COPIES)
    """The least number of copies. Two survive the loss of a zone."""

    maximum_count: int = Field(default=4, ge=1, le=MOST_COPIES)
    """The largest number of copies, reached under high load."""

    port: int = Field(ge=1, le=65535)
    """The port that the container listens on."""

    health_path: HttpPath
    """The path that the load balancer asks whether the container works."""

    health_codes: HealthCodes
    """The status codes with which the container answers there if it works. Redirects are not followed, so a
    path that redirects to a login needs "200-399"."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The desired count must not exceed the maximum."""
        if self.desired_count > self.maximum_count:
            yield (
                "desired_count",
                f"is more than maximum_count = {self.maximum_count}; lower it or raise maximum_count",
            )


class FrontendSettings(ServiceSettings):
    """The frontend, which renders the pages on the server."""

    cpu: int = Field(default=512, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=1024, ge=128, le=LARGEST_MEMORY_MIB)
    port: int = Field(default=3000, ge=1, le=65535)
    health_path: HttpPath = "/"
    health_codes: HealthCodes = "200-399"


class BackendSettings(ServiceSettings):
    """The backend, which serves the API below /api/."""

    cpu: int = Field(default=1024, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=2048, ge=128, le=LARGEST_MEMORY_MIB)
    port: int = Field(default=8080, ge=1, le=65535)
    health_path: HttpPath = "/api/health"
    health_codes: HealthCodes = "200"


class MigrationSettings(TaskSettings):
    """The database migration, which runs before each new version."""

    cpu: int = Field(default=512, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=1024, ge=128, le=LARGEST_MEMORY_MIB)

    timeout_minutes: int = Field(default=50, ge=1, le=51)
    """How long a migration may take, in minutes. CloudFormation waits for at most an hour, and the
    start and the report need nine minutes of it."""
