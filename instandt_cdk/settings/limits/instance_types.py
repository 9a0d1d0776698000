"""How many containers each EC2 instance type can run.

Source: "Specifications for Amazon EC2 instance types" with their network specifications, Amazon EC2 Instance
Types. As of November 2026. Sizes above 4xlarge are left out, because they add few network interfaces and so
run no more containers for their price. So are families that many regions do not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# The operating system and the agent need the rest: Karpenter assumes 7.5 % (its vmMemoryOverheadPercent).
USABLE_MEMORY = 0.925


@dataclass(frozen=True)
class Capacity:
    """What one instance offers to containers."""

    network_interfaces: int
    """The network interfaces for containers; the instance itself uses one more."""
    cpu: int
    """CPU units; 1024 are one virtual CPU."""
    memory_mib: int
    """Memory in MiB."""

    def holds(self, cpu: int, memory_mib: int) -> bool:
        """Whether a container fits (CPU units, MiB)."""
        return self.network_interfaces > 0 and cpu <= self.cpu and memory_mib <= self.memory_mib

    def less(self, cpu: int, memory_mib: int) -> "Capacity":
        """Return what is left next to a container (CPU units, MiB)."""
        return Capacity(self.network_interfaces - 1, self.cpu - cpu, self.memory_mib - memory_mib)


def _capacity(interfaces: int, virtual_cpus: int, memory_gib: int) -> Capacity:
    return Capacity(interfaces - 1, virtual_cpus * 1024, int(memory_gib * 1024 * USABLE_MEMORY))


# Network interfaces, virtual CPUs and GiB of memory.
_BURSTABLE = {
    "micro": (2, 2, 1),
    "small": (3, 2, 2),
    "medium": (3, 2, 4),
    "large": (3, 2, 8),
    "xlarge": (4, 4, 16),
    "2xlarge": (4, 8, 32),
}

# Network interfaces and virtual CPUs; only Graviton has the size "medium".
_SIZES = {
    "medium": (2, 1),
    "large": (3, 2),
    "xlarge": (4, 4),
    "2xlarge": (4, 8),
    "4xlarge": (8, 16),
}
_GENERATIONS = ("5", "6g", "6i", "7g", "7i", "8g")
_GIB_PER_CPU = {"c": 2, "m": 4, "r": 8}

INSTANCE_TYPES: Mapping[str, Capacity] = {
    **{
        f"{family}.{size}": _capacity(*figures)
        for family in ("t3", "t4g")
        for size, figures in _BURSTABLE.items()
    },
    **{
        f"{kind}{generation}.{size}": _capacity(interfaces, cpus, cpus * memory)
        for kind, memory in _GIB_PER_CPU.items()
        for generation in _GENERATIONS
        for size, (interfaces, cpus) in _SIZES.items()
        if size != "medium" or generation.endswith("g")
    },
}
"""Capacity by instance type."""

FAMILIES = tuple(dict.fromkeys(name.partition(".")[0] for name in INSTANCE_TYPES))
