"""The IPv4 ranges that an operator writes."""

from ipaddress import IPv4Network

from instandt_cdk.settings.limits.ranges import DOCKER, LARGEST_VPC
from instandt_cdk.settings.section import refused


def checked_range(value: str, *, smallest: int) -> IPv4Network:
    """The range that a VPC has.

    Args:
        value: As the operator writes it.
        smallest: The prefix length of the smallest range that will do; the largest is AWS's own, /16.

    Raises:
        PydanticCustomError: It is no range, of the wrong size, or Docker's.
    """
    try:
        network = IPv4Network(value)
    except ValueError:
        raise refused(
            "is not an IPv4 range whose address is its first; write one such as 10.0.0.0/16"
        ) from None
    if not LARGEST_VPC <= network.prefixlen <= smallest:
        raise refused(
            f"has the size /{network.prefixlen}; choose between /{LARGEST_VPC} and /{smallest}"
        )
    if network.overlaps(DOCKER):
        raise refused(
            f"overlaps {DOCKER}, Docker's network on the instances; choose one such as 10.0.0.0/16"
        )
    return network
