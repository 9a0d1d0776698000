"""The sections [frontend], [backend] and [migration]: the three containers."""

from collections.abc import Iterator

from pydantic import Field

from instandt_cdk.settings.section import HttpPath, Section

LARGEST_CPU = 10240
"""The CPU units of a task at most ("Amazon ECS task definition parameters for Amazon EC2")."""

MOST_COPIES = 500
"""Both services together stay below the targets of a load balancer, 1000 ("Quotas for your Application Load
Balancers")."""


class TaskSettings(Section):
    """What one container may use."""

    cpu: int = Field(ge=128, le=LARGEST_CPU)
    """CPU units; 1024 are one virtual CPU."""

    memory_mib: int = Field(ge=128)
    """Memory in MiB; a container that takes more is stopped."""


class ServiceSettings(TaskSettings):
    """One of the two services."""

    desired_count: int = Field(default=2, ge=1, le=MOST_COPIES)
    """How many copies run at least; two survive the loss of a zone."""

    maximum_count: int = Field(default=4, ge=1, le=MOST_COPIES)
    """How many copies may run when the load is high."""

    port: int = Field(ge=1, le=65535)
    """The port that the container listens on."""

    health_path: HttpPath
    """The path that answers 200 when the container is well."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The least must be below the most."""
        if self.desired_count > self.maximum_count:
            yield (
                "desired_count",
                f"is more than maximum_count = {self.maximum_count}; raise the one or lower the other",
            )


class FrontendSettings(ServiceSettings):
    """The frontend: pages, rendered on the server."""

    cpu: int = Field(default=512, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=1024, ge=128)
    port: int = Field(default=3000, ge=1, le=65535)
    health_path: HttpPath = "/"


class BackendSettings(ServiceSettings):
    """The backend: the API below /api/."""

    cpu: int = Field(default=1024, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=2048, ge=128)
    port: int = Field(default=8080, ge=1, le=65535)
    health_path: HttpPath = "/api/health"


class MigrationSettings(TaskSettings):
    """The database migration, which runs before each new version."""

    cpu: int = Field(default=512, ge=128, le=LARGEST_CPU)
    memory_mib: int = Field(default=1024, ge=128)

    timeout_minutes: int = Field(default=50, ge=1, le=55)
    """How long a migration may take; CloudFormation waits for an hour at most."""
