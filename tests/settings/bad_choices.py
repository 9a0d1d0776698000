"""What operators may get wrong about networks, registries and storage, as in bad_inputs.py."""

# ruff: noqa: E501 - a row, a line
# fmt: off

_LONG = "x" * 200
_CLOSED = 'network.nat = "none"'
_ECR = ['registry.source = "ecr"', "- registry.username", "- registry.project"]
_REPOSITORY = "222222222222.dkr.ecr.eu-central-1.amazonaws.com/instandt"
_MIRRORED = [*_ECR, f'registry.repository = "{_REPOSITORY}"']


def _existing(*changes: str) -> list[str]:
    """An existing VPC in two zones, with some keys changed."""
    keys = {
        "id": '"vpc-0123456789abcdef0"',
        "cidr": '"10.0.0.0/16"',
        "application_subnet_ids": '["subnet-00000001", "subnet-00000002"]',
        "data_subnet_ids": '["subnet-00000003", "subnet-00000004"]',
    } | dict(change.split(" = ", 1) for change in changes)
    return [f"network.existing_vpc.{key} = {value}" for key, value in keys.items()]


NETWORK = [
    (['network.cidr = "10.0.0.0"'], 'network.cidr = "10.0.0.0": is not an IPv4 range that begins with'),
    (['network.cidr = "10.0.0.0/255.255.0.0"'], 'network.cidr = "10.0.0.0/255.255.0.0": is not an IPv4 range that begins with'),
    (['network.cidr = "10.0.0.0/016"'], 'network.cidr = "10.0.0.0/016": is not an IPv4 range that begins with'),
    ([r'network.cidr = "10.0.0.0/\uff11\uff16"'], r'network.cidr = "10.0.0.0/\uff11\uff16": is not an IPv4 range that begins with'),
    (['network.cidr = "10.0.0.0/8"'], 'network.cidr = "10.0.0.0/8": has the size /8'),
    (['network.cidr = "10.0.0.0/24"'], 'network.cidr = "10.0.0.0/24": has the size /24'),
    (['network.cidr = "10.0.0.1/16"'], 'network.cidr = "10.0.0.1/16": is not an IPv4 range that begins with'),
    (['network.cidr = "fd00::/16"'], 'network.cidr = "fd00::/16": is not an IPv4 range'),
    (['network.cidr = "8.8.0.0/16"'], 'network.cidr = "8.8.0.0/16": is not private (RFC 1918, RFC 6598)'),
    (['network.cidr = "100.128.0.0/16"'], 'network.cidr = "100.128.0.0/16": is not private'),
    (['network.cidr = "127.0.0.0/16"'], 'network.cidr = "127.0.0.0/16": is not private'),
    (['network.cidr = "172.17.0.0/20"'], 'network.cidr = "172.17.0.0/20": overlaps 172.17.0.0/16, Docker'),
    (['network.zones = ["a"]'], 'network.zones = ["a"]: is not two or three different zones'),
    (['network.zones = ["a", "a"]'], 'network.zones = ["a", "a"]: is not two or three different zones'),
    (['network.zones = ["a", "z"]'], "network.zones = \"z\": is not a zone's letter"),
    (["network.nat = 1"], 'network.nat = 1: is none of "gateway-per-zone", "single-gateway"'),
    (['network.nat = "gateways"'], 'network.nat = "gateways": is none of "gateway-per-zone", "single-gateway", "instance-per-zone", "none"; did you mean "single-gateway"?'),
    (["network.interface_endpoints = 0"], "network.interface_endpoints = 0: is neither true nor false"),
    ([_CLOSED, *_MIRRORED, "network.interface_endpoints = false"], 'network.interface_endpoints = false: is off, but nat = "none"'),
    (["network.existing_vpc.id = 1"], "network.existing_vpc.cidr: is missing; add it: The IPv4 range that"),
    (_existing('id = "my-vpc"'), "network.existing_vpc.id = \"my-vpc\": is not a VPC's id; write one such as"),
    (_existing('id = "vpc-0123456789"'), "network.existing_vpc.id = \"vpc-0123456789\": is not a VPC's id"),
    (_existing('cidr = "10.0.0.0/8"'), 'network.existing_vpc.cidr = "10.0.0.0/8": has the size /8; choose between /16 and /28'),
    (_existing('cidr = "10.0.0.0/29"'), 'network.existing_vpc.cidr = "10.0.0.0/29": has the size /29'),
    (_existing('cidr = "10.0.0.7/24"'), 'network.existing_vpc.cidr = "10.0.0.7/24": is not an IPv4 range that begins'),
    (_existing('cidr = "172.17.4.0/24"'), 'network.existing_vpc.cidr = "172.17.4.0/24": overlaps 172.17.0.0/16, Docker'),
    (_existing('cidr = "10.0.0.0/26"'), 'network.existing_vpc.cidr = "10.0.0.0/26": has addresses for 6 containers and instances, but'),
    (_existing('application_subnet_ids = ["subnet-1", "subnet-00000002"]'), "network.existing_vpc.application_subnet_ids = \"subnet-1\": is not a subnet's id"),
    (_existing('application_subnet_ids = ["subnet-00000001"]'), 'network.existing_vpc.application_subnet_ids = ["subnet-00000001"]: has 1 for the 2 zones; name one per zone'),
    (_existing('data_subnet_ids = []'), "network.existing_vpc.data_subnet_ids = []: has 0 for the 2 zones"),
    (_existing('data_subnet_ids = ["subnet-00000002", "subnet-00000003"]'), 'network.existing_vpc.data_subnet_ids = ["subnet-00000002", "subnet-00000003"]: repeats subnets, or shares some with application_subnet_ids: subnet-00000002; name'),
    (_existing('application_route_table_ids = ["subnet-00000001"]'), "network.existing_vpc.application_route_table_ids = \"subnet-00000001\": is not a route table's id"),
    (_existing('application_route_table_ids = ["rtb-00000001"]'), 'network.existing_vpc.application_route_table_ids = ["rtb-00000001"]: has 1 for the 2 zones'),
    ([*_existing(), 'network.nat = "single-gateway"'], "network.nat = \"single-gateway\": is decided by the existing VPC; remove it"),
    ([*_existing(), 'network.cidr = "10.0.0.0/16"'], "network.cidr = \"10.0.0.0/16\": is decided by the existing VPC; remove it"),
    ([_CLOSED], 'registry.source = "pull-through-cache": cannot be reached, because network.nat = "none" leaves no way'),
    ([_CLOSED, *_ECR, f'registry.repository = "{_REPOSITORY.replace("eu-central-1", "eu-west-1")}"'], f'registry.repository = "{_REPOSITORY.replace("eu-central-1", "eu-west-1")}": is in eu-west-1, which cannot be reached, because network.nat = "none" leaves only the endpoints in eu-central-1; copy'),
    ([_CLOSED, *_MIRRORED, "application.grafana_loki = true"], 'application.grafana_loki = true: is on, but network.nat = "none" leaves'),
]

_DIGEST = f"sha256:{'0' * 64}"
_GITLAB = 'registry.source = "gitlab"'

REGISTRY = [
    (['registry.source = "gitlb"'], 'registry.source = "gitlb": is none of "pull-through-cache", "gitlab", "ecr"; did you mean "gitlab"?'),
    (['registry.source = "docker.io"'], 'registry.source = "docker.io": is none of "pull-through-cache", "gitlab", "ecr"; choose'),
    (["- registry.username"], 'registry.username: is missing; source = "pull-through-cache" needs it'),
    ([_GITLAB, "- registry.project"], 'registry.project: is missing; source = "gitlab" needs it'),
    (_ECR, 'registry.repository: is missing; source = "ecr" needs it'),
    ([*_ECR[:2], f'registry.repository = "{_REPOSITORY}"'], 'registry.project = "group/project": is not used by source = "ecr"; remove it'),
    ([_ECR[0], _ECR[2], f'registry.repository = "{_REPOSITORY}"'], 'registry.username = "deploy-token": is not used by source = "ecr"; remove it'),
    ([f'registry.repository = "{_REPOSITORY}"'], f'registry.repository = "{_REPOSITORY}": is not used by source = "pull-through-cache"; remove it or choose'),
    ([_GITLAB, f'registry.repository = "{_REPOSITORY}"'], f'registry.repository = "{_REPOSITORY}": is not used by source = "gitlab"'),
    ([*_ECR, 'registry.repository = "instandt"'], 'registry.repository = "instandt": is not an address of ECR repositories in a commercial region; write one such as "123456789012.dkr.ecr.'),
    ([*_ECR, f'registry.repository = "https://{_REPOSITORY}"'], f'registry.repository = "https://{_REPOSITORY}": is not an address of ECR'),
    ([*_ECR, f'registry.repository = "{_REPOSITORY}/"'], f'registry.repository = "{_REPOSITORY}/": is not an address of ECR'),
    ([*_ECR, 'registry.repository = "222222222222.dkr.ecr.us-gov-west-1.amazonaws.com"'], 'registry.repository = "222222222222.dkr.ecr.us-gov-west-1.amazonaws.com": is not an address of ECR'),
    ([*_ECR, f'registry.repository = "{_REPOSITORY}"', 'registry.host = "registry.example.com"'], 'registry.host = "registry.example.com": is not used by source = "ecr"'),
    (['registry.host = "registry.example.com"'], 'registry.host = "registry.example.com": is not used by source = "pull-through-cache", because ECR caches only registry.gitlab.com; choose source = "gitlab"'),
    ([_GITLAB, 'registry.host = "https://registry.example.com"'], "registry.host = \"https://registry.example.com\": is not a registry's host"),
    ([_GITLAB, 'registry.host = "registry.example.com/group"'], "registry.host = \"registry.example.com/group\": is not a registry's host"),
    ([_GITLAB, 'registry.host = "registry.example.com:65536"'], 'registry.host = "registry.example.com:65536": has a port above 65535; write'),
    ([_GITLAB, f'registry.project = "{"p" * 227}"', 'registry.migration_image = "f"', 'registry.backend_image = "b"'], 'registry.frontend_image = "frontend": makes an image\'s address of 256 characters'),
    ([_GITLAB, f'registry.project = "{_LONG}/a"', f'registry.frontend_image = "{"y" * 40}"'], f'registry.frontend_image = "{"y" * 40}": makes an image\'s address of 263 characters below registry.gitlab.com'),
    ([*_ECR, f'registry.repository = "{_REPOSITORY}/{"z" * 180}"', f'registry.migration_image = "{"y" * 40}"'], f'registry.migration_image = "{"y" * 40}": makes an image\'s address of 278 characters'),
    ([_GITLAB, 'registry.frontend_digest = "sha256:abc"'], "registry.frontend_digest = \"sha256:abc\": is not an image's digest: sha256: and 64"),
    ([_GITLAB, f'registry.backend_digest = "{_DIGEST.upper()}"'], f"registry.backend_digest = \"{_DIGEST.upper()}\": is not an image's digest"),
    ([_GITLAB, f'registry.backend_digest = "{_DIGEST}"'], "registry.migration_digest: is missing, but backend_digest is set; set all three digests, or none"),
    ([f'registry.{name}_digest = "{_DIGEST}"' for name in ("frontend", "backend", "migration")], f"registry.frontend_digest = \"{_DIGEST}\": cannot be used with ECR's pull-through cache, which fetches an image by its tag"),
]

STORAGE = [
    (['storage.mode = "efs"'], 'storage.mode = "efs": is none of "s3", "local"; choose one'),
    (['storage.mode = "local"', 'storage.mount_path = "images"'], 'storage.mount_path = "images": is not an absolute path below'),
    (['storage.mode = "local"', 'storage.mount_path = "/"'], 'storage.mount_path = "/": is not an absolute path below'),
    (['storage.mode = "local"', 'storage.mount_path = "/etc"'], 'storage.mount_path = "/etc": would hide what the container needs in /etc; choose'),
    (['storage.mode = "local"', 'storage.mount_path = "/proc/media"'], 'storage.mount_path = "/proc/media": would hide what the container needs in /proc'),
    (['storage.mode = "local"', 'storage.mount_path = "/usr"'], 'storage.mount_path = "/usr": would hide what the container needs in /usr/bin'),
    (['storage.mode = "local"', 'storage.mount_path = "/var"'], 'storage.mount_path = "/var": would hide what'),
    (['storage.mode = "local"', 'storage.mount_path = "/a/../b"'], 'storage.mount_path = "/a/../b": is not an absolute path'),
    (["storage.intelligent_tiering_after_days = -1"], "storage.intelligent_tiering_after_days = -1: is less than 0"),
    (["storage.intelligent_tiering_after_days = 36501"], "storage.intelligent_tiering_after_days = 36501: is more than 36500"),
    (["storage.archive_after_days = 0"], "storage.archive_after_days = 0: is less than 30"),
    (["storage.archive_after_days = 36501"], "storage.archive_after_days = 36501: is more than 36500"),
    (['storage.archive_after_days = "never"'], 'storage.archive_after_days = "never": is not a whole number'),
    (["storage.old_versions_days = 0"], "storage.old_versions_days = 0: is less than 1"),
    (["storage.old_versions_days = 36501"], "storage.old_versions_days = 36501: is more than 36500"),
    (["storage.archive_after_days = 59"], "storage.archive_after_days = 59: is less than 30 days after intelligent_tiering_after_days = 30; choose 60"),
    (['storage.replica_region = "Dublin"'], 'storage.replica_region = "Dublin": is not a region; write'),
    (['storage.replica_region = "eu-central-1"'], 'storage.replica_region = "eu-central-1": is aws.region itself, so the replica would be lost together with the media; choose another'),
    (['storage.replica_region = "cn-north-1"'], 'storage.replica_region = "cn-north-1": is not a region that every account has; choose one of'),
    (['storage.mount_path = "/srv/images"'], 'storage.mount_path = "/srv/images": is used with mode = "local" only, but mode is "s3"; remove'),
    (['storage.mode = "local"', 'storage.replica_region = "eu-west-1"'], 'storage.replica_region = "eu-west-1": is used with mode = "s3" only, but mode is "local"; remove'),
    (['storage.mode = "local"', "storage.archive_after_days = 365"], 'storage.archive_after_days = 365: is used with mode = "s3" only'),
    (['storage.mode = "local"', "storage.old_versions_days = 7"], 'storage.old_versions_days = 7: is used with mode = "s3" only'),
    (['storage.mode = "local"', "storage.intelligent_tiering_after_days = 7"], 'storage.intelligent_tiering_after_days = 7: is used with mode'),
]

BAD_CHOICES = [*NETWORK, *REGISTRY, *STORAGE]
