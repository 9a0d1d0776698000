"""Check an IPv4 range that an operator wrote."""

from ipaddress import IPv4Network

from instandt_cdk.settings.limits.ranges import DOCKER, LARGEST_VPC, PRIVATE
from instandt_cdk.settings.section import refused


def checked_range(value: str, *, smallest: int) -> IPv4Network:
    """Parse the range of a VPC.

    Args:
        value: The range, in CIDR notation.
        smallest: The prefix length of the smallest accepted range. The largest is AWS's own limit, /16.

    Raises:
        PydanticCustomError: It is not a range, has the wrong size, or overlaps Docker's.
    """
    try:
        network = IPv4Network(value)
    except ValueError:
        network = None
    # Python reads masks in dots, leading zeros, and a lone address as well; AWS does not.
    if network is None or str(network) != value:
        raise refused(
            "is not an IPv4 range that begins with its first address; write one such as 10.0.0.0/16"
        )
    if not LARGEST_VPC <= network.prefixlen <= smallest:
        raise refused(
            f"has the size /{network.prefixlen}; choose between /{LARGEST_VPC} and /{smallest}"
        )
    if network.overlaps(DOCKER):
        raise refused(
            f"overlaps {DOCKER}, Docker's network on the instances; choose one such as 10.0.0.0/16"
        )
    return network


def is_private(cidr: str) -> bool:
    """Whether all of a range's addresses are private."""
    return any(IPv4Network(cidr).subnet_of(private) for private in PRIVATE)
