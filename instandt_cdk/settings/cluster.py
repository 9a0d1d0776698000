"""The section [cluster], and how many instances the containers need."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field, field_validator

from instandt_cdk.settings.limits.instance_types import FAMILIES, INSTANCE_TYPES, Capacity
from instandt_cdk.settings.section import Section, Text, refused
from instandt_cdk.settings.tasks import TaskSettings

MOST_INSTANCES = 5000
"""Container instances of a cluster ("Amazon ECS service quotas", Amazon ECS Developer Guide)."""


class ClusterSettings(Section):
    """The EC2 instances that the containers run on."""

    instance_type: Annotated[
        str, Text(r"[a-z]+\d+[a-z-]*\.[a-z0-9-]+", "an instance type", "m6i.large")
    ] = "m6i.large"
    """The instances' type: t3, t4g, and the generations 5, 6i, 6g, 7i, 7g and 8g of c, m and r, up to
    4xlarge. Each container takes one of its network interfaces: an m6i.large runs two. The processor, x86 or
    Graviton (with a g), must be the one that the images are built for."""

    minimum_instances: int = Field(default=2, ge=1, le=MOST_INSTANCES)
    """How many instances always run."""

    maximum_instances: int = Field(default=8, ge=1, le=MOST_INSTANCES)
    """How many may run at most. There must be room for all containers under high load, for the migration, and
    for a new copy of each service beside the old ones while a version is replaced."""

    @field_validator("instance_type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        if value not in INSTANCE_TYPES:
            # Accepted unseen, its containers could wait for a network interface for ever.
            raise refused(
                "is a type whose network interfaces are not known here; choose one up to 4xlarge of "
                f"{', '.join(FAMILIES)}"
            )
        return value

    @property
    def capacity(self) -> Capacity:
        """What one instance has for containers."""
        return INSTANCE_TYPES[self.instance_type]

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The least must be below the most."""
        if self.minimum_instances > self.maximum_instances:
            yield (
                "minimum_instances",
                f"is more than maximum_instances = {self.maximum_instances}; "
                "raise the one or lower the other",
            )


def instances_needed(tasks: Iterable[TaskSettings], each: Capacity) -> int:
    """How many instances hold the containers: the largest first, each where it first fits.

    Every container takes a network interface of its own, without trunking ("Task networking options for
    Amazon EC2", Amazon ECS Developer Guide). All of them must fit into an empty instance.
    """
    instances: list[Capacity] = []
    for task in sorted(tasks, key=lambda task: (task.memory_mib, task.cpu), reverse=True):
        for place, instance in enumerate(instances):
            if instance.holds(task.cpu, task.memory_mib):
                instances[place] = instance.less(task.cpu, task.memory_mib)
                break
        else:
            instances.append(each.less(task.cpu, task.memory_mib))
    return len(instances)
