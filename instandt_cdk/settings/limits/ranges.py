"""Which IPv4 ranges a VPC and its subnets may have."""

from ipaddress import IPv4Network

LARGEST_VPC, SMALLEST_VPC = 16, 28
"""The prefix lengths of AWS's largest and smallest VPC and subnet ("VPC CIDR blocks", Amazon VPC User
Guide)."""

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918, section 3."""

DOCKER = IPv4Network("172.17.0.0/16")
"""Docker's own network on every instance: what has an address in it cannot be reached from there ("VPC
CIDR blocks", Amazon VPC User Guide, names the range as one to avoid)."""

TAKEN = 5 + 8 + 16
"""Addresses of an application subnet that are not for containers and their instances: AWS's own ("Subnet CIDR
blocks", Amazon VPC User Guide), those the load balancer wants to find free ("Application Load Balancers",
Elastic Load Balancing), and room for the endpoints, the bastion and CloudFront's interface."""
