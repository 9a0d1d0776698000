"""What RDS offers for PostgreSQL; a test compares it with cfn-lint's data.

Sources: "Supported DB engines for DB instance classes" and "Determining DB instance class support in AWS
Regions", Amazon RDS User Guide. As of November 2026. Classes for special purposes are left
out, and those that many regions do not have.
"""

from collections.abc import Mapping

_BURSTABLE = ("micro", "small", "medium", "large", "xlarge", "2xlarge")
_UP_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_GENERATIONS = {
    "5": (*_UP_TO_16, "24xlarge"),
    "6g": _UP_TO_16,
    "6i": (*_UP_TO_16, "24xlarge", "32xlarge"),
    "7g": _UP_TO_16,
    "7i": (*_UP_TO_16, "24xlarge", "48xlarge"),
    "8g": (*_UP_TO_16, "24xlarge", "48xlarge"),
}

INSTANCE_SIZES: Mapping[str, tuple[str, ...]] = {
    "t3": _BURSTABLE,
    "t4g": _BURSTABLE,
    **{kind + generation: sizes for kind in "mr" for generation, sizes in _GENERATIONS.items()},
}
"""The sizes of each family, without "db."."""

_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_GIB_OF_LARGE = {"m": 8, "r": 16}


def memory_gib(instance_class: str) -> int:
    """Return the memory of an instance class, given without "db.", in GiB.

    Source: "Hardware specifications for DB instance classes", Amazon RDS User Guide.
    """
    family, _, size = instance_class.partition(".")
    if family.startswith("t"):
        return _BURSTABLE_GIB[size]
    times = int(size.removesuffix("xlarge") or 1) * 2 if size != "large" else 1
    return _GIB_OF_LARGE[family[0]] * times


NOT_OFFERED: Mapping[str, tuple[str, ...]] = {
    "ap-northeast-3": ("m7i", "m8g", "r7i"),
    "ca-central-1": ("m8g",),
    "eu-west-3": ("r7g",),
}
"""The families that a region does not offer, by region."""

TAKEN_NAMES = ("postgres", "rdsadmin", "template0", "template1")
"""The databases that an instance has from its beginning ("Understanding PostgreSQL roles and permissions",
Amazon RDS User Guide)."""
