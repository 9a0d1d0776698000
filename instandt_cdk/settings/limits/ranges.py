"""The IPv4 ranges that a VPC and its subnets may have."""

from ipaddress import IPv4Network

LARGEST_VPC, SMALLEST_VPC = 16, 28
"""The prefix lengths of AWS's largest and smallest VPC and subnet ("VPC CIDR blocks", Amazon VPC User
Guide)."""

PRIVATE = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
)
"""RFC 1918, section 3, and RFC 6598, section 7: what a VPC may have ("VPC CIDR blocks", Amazon VPC User
Guide)."""

DOCKER = IPv4Network("172.17.0.0/16")
"""Docker's own network on every instance. From there, other hosts in this range cannot be reached ("VPC CIDR
blocks", Amazon VPC User Guide, recommends to avoid it)."""

MOST_ZONES = 3
"""The most availability zones of an environment. A new VPC has room for subnets in all of them."""

RESERVED_ADDRESSES = 5 + 8 + 16
"""Addresses of an application subnet that containers and instances cannot use: 5 are AWS's ("Subnet CIDR
blocks", Amazon VPC User Guide), 8 must be free for the load balancer ("Application Load Balancers", Elastic
Load Balancing), and 16 are for the endpoints, the bastion and CloudFront's interface."""
