"""The section [cluster], and how many instances the containers need."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field, field_validator

from instandt_cdk.settings.limits.instance_types import FAMILIES, INSTANCE_TYPES, Capacity
from instandt_cdk.settings.section import Section, Text, refused
from instandt_cdk.settings.tasks import TaskSettings

MOST_INSTANCES = 5000
"""The most container instances in a cluster ("Amazon ECS service quotas", Amazon ECS Developer Guide)."""


class ClusterSettings(Section):
    """The EC2 instances that the containers run on."""

    instance_type: Annotated[
        str, Text(r"[a-z]+\d+[a-z-]*\.[a-z0-9-]+", "an instance type", "m6i.large")
    ] = "m6i.large"
    """The type of the instances: t3, t4g, or generation 5, 6i, 6g, 7i, 7g or 8g of c, m and r, up to 4xlarge.
    Each container needs a network interface of its own, so an m6i.large runs two. The images must be built
    for the type's processor: Graviton if the generation has a g, otherwise x86."""

    minimum_instances: int = Field(default=2, ge=1, le=MOST_INSTANCES)
    """The least number of instances."""

    maximum_instances: int = Field(default=8, ge=1, le=MOST_INSTANCES)
    """The largest number of instances. They must have room for all containers under high load, for the
    migration, and for one new copy of each service during a deployment."""

    @field_validator("instance_type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        if value not in INSTANCE_TYPES:
            # With too few network interfaces, containers would wait for one for ever.
            raise refused(
                "is a type whose network interfaces are not known here; choose one up to 4xlarge of "
                f"{', '.join(FAMILIES)}"
            )
        return value

    @property
    def capacity(self) -> Capacity:
        """What one instance offers to containers."""
        return INSTANCE_TYPES[self.instance_type]

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The minimum must not exceed the maximum."""
        if self.minimum_instances > self.maximum_instances:
            yield (
                "minimum_instances",
                f"is more than maximum_instances = {self.maximum_instances}; "
                "lower it or raise maximum_instances",
            )


def instances_needed(tasks: Iterable[TaskSettings], capacity: Capacity) -> int:
    """Return how many instances the containers need, placed by first fit, largest first.

    Every container needs a network interface of its own, because trunking is not used ("Task networking
    options for Amazon EC2", Amazon ECS Developer Guide). Each container must fit into an empty instance.
    """
    instances: list[Capacity] = []
    for task in sorted(tasks, key=lambda task: (task.memory_mib, task.cpu), reverse=True):
        for place, instance in enumerate(instances):
            if instance.holds(task.cpu, task.memory_mib):
                instances[place] = instance.less(task.cpu, task.memory_mib)
                break
        else:
            instances.append(capacity.less(task.cpu, task.memory_mib))
    return len(instances)
