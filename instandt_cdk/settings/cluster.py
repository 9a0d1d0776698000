"""The section [cluster], and how many instances the containers need."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import Annotated

from pydantic import Field, field_validator

from instandt_cdk.settings.application import MIB_PER_GIB
from instandt_cdk.settings.limits.instance_types import FAMILIES, INSTANCE_TYPES, Capacity
from instandt_cdk.settings.section import Section, Text, refused
from instandt_cdk.settings.tasks import ServiceSettings, TaskSettings

MOST_INSTANCES = 5000
"""The most container instances in a cluster ("Amazon ECS service quotas", Amazon ECS Developer Guide)."""


LEAST_VOLUME_GIB, MOST_VOLUME_GIB = 30, 16384
"""The size of ECS's machine image, and of the largest gp3 volume ("Amazon EBS volume types")."""

UPLOADS_AT_ONCE = 4
"""For so many uploads at a time a container finds room on its instance."""


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

    instance_days: int = Field(default=14, ge=1, le=365)
    """How old an instance may become, in days. Then it is replaced by one that starts from Amazon's newest
    machine image: this is how the instances are patched, one after the other. Releases replace containers
    only."""

    volume_gib: int | None = Field(default=None, ge=LEAST_VOLUME_GIB, le=MOST_VOLUME_GIB)
    """The size of an instance's root volume, in GiB, which applies to new instances. If left out, 30 for the
    system and the images, and for each container on it four of the largest uploads, because the backend may
    keep them in files until they are complete."""

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

    def root_volume_gib(self, *, upload_limit_mib: int) -> int:
        """Return the size of an instance's root volume, in GiB, for uploads of up to so many MiB."""
        files = self.capacity.network_interfaces * UPLOADS_AT_ONCE
        usual = LEAST_VOLUME_GIB + ceil(files * upload_limit_mib / MIB_PER_GIB)
        return self.volume_gib or usual

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


def too_small(
    cluster: ClusterSettings,
    *,
    frontend: ServiceSettings,
    backend: ServiceSettings,
    migration: TaskSettings,
) -> Iterator[tuple[str, str]]:
    """Yield the settings for which the cluster has no room, and the rules."""
    each = cluster.capacity
    tasks: Mapping[str, TaskSettings] = {
        "frontend": frontend,
        "backend": backend,
        "migration": migration,
    }
    too_large = [key for key, task in tasks.items() if not each.holds(task.cpu, task.memory_mib)]
    for key in too_large:
        task = tasks[key]
        wide = task.cpu > each.cpu
        yield (
            f"{key}.cpu" if wide else f"{key}.memory_mib",
            f"is more than the {each.cpu if wide else each.memory_mib} that cluster.instance_type = "
            f'"{cluster.instance_type}" has for containers; lower it or choose a larger type',
        )
    if too_large:
        return
    # New copies start before old ones stop, so each service needs room for one more than its maximum.
    containers = [
        *[frontend] * (frontend.maximum_count + 1),
        *[backend] * (backend.maximum_count + 1),
        migration,
    ]
    needed = instances_needed(containers, each)
    if needed > cluster.maximum_instances:
        yield (
            "cluster.maximum_instances",
            f"is too few for {len(containers)} containers (frontend.maximum_count, "
            "backend.maximum_count, a new copy of each during a deployment, and the migration), because "
            f"{cluster.instance_type} has {each.network_interfaces} network interfaces, {each.cpu} "
            f"CPU units and {each.memory_mib} MiB for them; choose {needed} or more, a larger "
            "instance_type or a smaller maximum_count",
        )
