"""The sections [frontend], [backend] and [migration]: the three containers."""

from collections.abc import Iterator

from pydantic import Field

from instandt_cdk.settings.section import HttpPath, Section

LARGEST_CPU = 10240
"""The most CPU units of a task ("Amazon ECS task definition parameters for Amazon EC2")."""

MOST_COPIES = 500
"""With this, both services together stay within the 1000 targets of a load balancer ("Quotas for your
Application Load Balancers")."""


class TaskSettings(Section):
    """The resources of one container."""

    cpu: int = Field(ge=128, le=LARGEST_CPU)
    """The CPU units of the container; 1024 are one virtual CPU."""

    memory_mib: int = Field(ge=128)
    """The memory of the container, in MiB. A container that uses more is stopped."""


class ServiceSettings(TaskSettings):
    """One of the two services."""

    desired_count: int = Field(default=2, ge=1, le=MOST_COPIES)
    """The least number of copies. Two survive the loss of a zone."""

    maximum_count: int = Field(default=4, ge=1, le=MOST_COPIES)
    """The largest number of copies, reached under high load."""

    port: int = Field(ge=1, le=65535)
    """The port that the container listens on."""

    health_path: HttpPath
    """The path of the health check; it answers 200 if the container works."""

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
    memory_mib: int = Field(default=1024, ge=128)
    port: int = Field(default=3000, ge=1, le=65535)
    health_path: HttpPath = "/"


class BackendSettings(ServiceSettings):
    """The backend, which serves the API below /api/."""

    cpu: int = Field(default=1024, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=2048, ge=128)
    port: int = Field(default=8080, ge=1, le=65535)
    health_path: HttpPath = "/api/health"


class MigrationSettings(TaskSettings):
    """The database migration, which runs before each new version."""

    cpu: int = Field(default=512, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=1024, ge=128)

    timeout_minutes: int = Field(default=50, ge=1, le=51)
    """How long a migration may take, in minutes. CloudFormation waits for at most an hour, and the
    start and the report need nine minutes of it."""
