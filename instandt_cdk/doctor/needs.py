"""What a deployment takes of an account; tests compare it with the templates."""

from instandt_cdk.settings import Settings

BOOTSTRAP_VERSION = 6
"""The version of the bootstrap stack that the CDK's templates ask for."""

BASTION_TYPE = "t4g.nano"
BASTION_CPUS = 2


def virtual_cpus(settings: Settings, *, instances: int) -> int:
    """Of the cluster with so many instances, and of the bastion."""
    return instances * settings.cluster.capacity.cpu // 1024 + BASTION_CPUS


def elastic_ips(settings: Settings) -> int:
    """One for each NAT gateway."""
    return settings.network.nat_gateways
