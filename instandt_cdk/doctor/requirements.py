"""What a deployment requires of an account; tests compare it with the templates."""

from instandt_cdk.settings import Settings

BOOTSTRAP_VERSION = 6
"""The oldest version of the bootstrap stack that the templates accept."""

BASTION_TYPE = "t4g.nano"
BASTION_CPUS = 2
NAT_INSTANCE_CPUS = 2

ENDPOINT_SERVICES = (
    "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager", "ssm",
    "ssmmessages",
)  # fmt: skip
"""The services that get interface endpoints where there is NAT."""


def virtual_cpus(settings: Settings, *, instances: int) -> int:
    """Virtual CPUs of the bastion, the NAT instances, and a cluster of that many instances."""
    nat = elastic_ips(settings) if settings.network.nat == "instance-per-zone" else 0
    cluster = instances * settings.cluster.capacity.cpu // 1024
    return cluster + BASTION_CPUS + nat * NAT_INSTANCE_CPUS


def elastic_ips(settings: Settings) -> int:
    """Elastic IP addresses: one for each NAT gateway or NAT instance."""
    network = settings.network
    if network.existing_vpc:
        return 0
    zones = len(network.zones)
    return {
        "gateway-per-zone": zones,
        "single-gateway": 1,
        "instance-per-zone": zones,
        "none": 0,
    }[network.nat]
