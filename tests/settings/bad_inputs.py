"""What operators may get wrong: changes to good settings, and how the refusal begins after the file's name."""

# ruff: noqa: E501 - a row, a line
# fmt: off

_ARN = "arn:aws:secretsmanager:{}:{}:secret:hmac-Ab1Cd2"
_GOOD_ARN = _ARN.format("eu-central-1", 222222222222)
_EAB = "acme.external_account_binding"
_KEY = "acme.account_key_secret_arn"
_DOT_COM = ".example.com"
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


TYPES = [
    (["app_version = 2"], "app_version = 2: is not text; write it in quotes"),
    (["aws.account = 222222222222"], "aws.account = 222222222222: is not text"),
    (["application.grafana_loki = 1"], "application.grafana_loki = 1: is neither true nor false"),
    (['application.grafana_loki = "yes"'], 'application.grafana_loki = "yes": is neither true nor'),
    (["application.upload_limit_mib = true"], "application.upload_limit_mib = true: is not a whole"),
    (['application.upload_limit_mib = "1024"'], 'application.upload_limit_mib = "1024": is not a'),
    (["application.upload_limit_mib = 0.5"], "application.upload_limit_mib = 0.5: is not a whole"),
    (["database.storage_gib = inf"], "database.storage_gib = Infinity: is not a whole number"),
    (["database.multi_az = 0"], "database.multi_az = 0: is neither true nor false"),
    (["database.backup_days = [7]"], "database.backup_days = [7]: is not a whole number"),
    (["database.engine_version = 17.11"], "database.engine_version = 17.11: is not text"),
    (["frontend.cpu = 512.0"], "frontend.cpu = 512.0: is not a whole number"),
    (["operations.removal_policy = false"], "operations.removal_policy = false: is none of"),
    (["operations.log_retention_days = true"], "operations.log_retention_days = true: is not a whole number"),
    (['operations.log_retention_days = "30"'], 'operations.log_retention_days = "30": is none of'),
    (['network.zones = "ab"'], 'network.zones = "ab": is not a list; write its items in brackets'),
    (["network.zones = [1, 2]"], "network.zones = 1: is not text"),
    (['network = "10.0.0.0/16"'], 'network = "10.0.0.0/16": is not a table'),
    (["acme.email = 2026-11-21"], 'acme.email = "2026-11-21": is not text'),
]

RANGES = [
    (["application.upload_limit_mib = 0"], "application.upload_limit_mib = 0: is less than 1, the"),
    # CloudFront carries 20 GiB.
    (["application.upload_limit_mib = 20481"], "application.upload_limit_mib = 20481: is more than 20480"),
    (["application.storage_limit_gib = 0"], "application.storage_limit_gib = 0: is less than 1"),
    (["application.email_token_seconds = 1"], "application.email_token_seconds = 1: is less than 60"),
    (["application.email_verification_seconds = 1"], "application.email_verification_seconds = 1: is less than 60"),
    (['edge.countries = ["Germany"]'], 'edge.countries = "Germany": is not a country'),
    (['edge.countries = "DE"'], 'edge.countries = "DE": is not a list'),
    (['edge.allowed_addresses = ["0.0.0.0/0"]'], 'edge.allowed_addresses = "0.0.0.0/0": is every address there is'),
    (['edge.blocked_addresses = ["203.0.113.7/24"]'], 'edge.blocked_addresses = "203.0.113.7/24": is not an address range'),
    (['edge.blocked_addresses = ["office"]'], 'edge.blocked_addresses = "office": is not an address range'),
    (["database.storage_gib = 10"], "database.storage_gib = 10: is less than 20"),
    (["database.storage_gib = 65537"], "database.storage_gib = 65537: is more than 65536"),
    (["database.maximum_storage_gib = 19"], "database.maximum_storage_gib = 19: is less than 20"),
    (["database.maximum_storage_gib = 65537"], "database.maximum_storage_gib = 65537: is more than 65536"),
    (["database.backup_days = 0"], "database.backup_days = 0: is less than 1"),
    (["database.backup_days = 36"], "database.backup_days = 36: is more than 35"),
    (["cluster.minimum_instances = 0"], "cluster.minimum_instances = 0: is less than 1"),
    (["cluster.minimum_instances = 5001"], "cluster.minimum_instances = 5001: is more than 5000"),
    (["cluster.maximum_instances = 0"], "cluster.maximum_instances = 0: is less than 1"),
    (["cluster.maximum_instances = 5001"], "cluster.maximum_instances = 5001: is more than 5000"),
    (["backend.cpu = 64"], "backend.cpu = 64: is less than 128"),
    (["migration.cpu = 64"], "migration.cpu = 64: is less than 128"),
    (["migration.cpu = 10241"], "migration.cpu = 10241: is more than 10240"),
    (["frontend.cpu = 10241"], "frontend.cpu = 10241: is more than 10240"),
    (["frontend.memory_mib = 127"], "frontend.memory_mib = 127: is less than 128"),
    (["migration.memory_mib = 127"], "migration.memory_mib = 127: is less than 128"),
    (["backend.maximum_count = 501"], "backend.maximum_count = 501: is more than 500"),
    (["backend.desired_count = 501"], "backend.desired_count = 501: is more than 500"),
    (["backend.maximum_count = 0"], "backend.maximum_count = 0: is less than 1"),
    (["backend.port = 0"], "backend.port = 0: is less than 1"),
    (["frontend.port = 65536"], "frontend.port = 65536: is more than 65535"),
    (["migration.timeout_minutes = 0"], "migration.timeout_minutes = 0: is less than 1"),
    (["frontend.cpu = 64"], "frontend.cpu = 64: is less than 128"),
    (["backend.cpu = 10241"], "backend.cpu = 10241: is more than 10240"),
    (["backend.memory_mib = -1"], "backend.memory_mib = -1: is less than 128"),
    (["frontend.desired_count = 0"], "frontend.desired_count = 0: is less than 1"),
    (["frontend.maximum_count = 501"], "frontend.maximum_count = 501: is more than 500"),
    (["frontend.port = 0"], "frontend.port = 0: is less than 1"),
    (["backend.port = 65536"], "backend.port = 65536: is more than 65535"),
    (["migration.timeout_minutes = 56"], "migration.timeout_minutes = 56: is more than 55"),
    (["operations.log_retention_days = 100"], "operations.log_retention_days = 100: is none of 1, 3, 5"),
]

KEYS = [
    (["- app_version"], "app_version: is missing; add it: The version of instaNDT"),
    (["- aws.account"], "aws.account: is missing; add it: The AWS account's number"),
    (["- registry"], "registry: is missing; add the table [registry] as docs/settings.md"),
    (['app_verison = "1"'], 'app_verison = "1": is not a setting at the top; did you mean app_version?'),
    (["databse.multi_az = true"], "databse: is not a setting at the top; did you mean database?"),
    (["network.interface_endpoint = true"], "network.interface_endpoint = true: is not a setting in [network]; did you mean interface_endpoints?"),
    (["cluster.multi_az = true"], "cluster.multi_az = true: is not a setting in [cluster]; move it to [database]"),
    (["operations.colour = 1"], "operations.colour = 1: is not a setting in [operations]; remove it, or choose one of"),
    ([f"{_EAB}.kid = 1", f'{_EAB}.key_id = "k"'], f"{_EAB}.hmac_key_secret_arn: is missing; add it"),
    ([f'{_EAB}.hmac_key_secret_arn = "{_ARN.format("eu-central-1", 222222222222)}"'], f"{_EAB}.key_id: is missing"),
    (['environment = "prod"'], "environment: is the file's name, never written in the file; remove"),
]

TEXTS = [
    (['app_version = ""'], 'app_version = "": is not an image tag'),
    (['app_version = "v 1"'], 'app_version = "v 1": is not an image tag of letters'),
    ([f'app_version = "{_LONG}"'], f'app_version = "{"x" * 79}…: has 200 characters, but an image tag'),
    (['aws.account = "123"'], 'aws.account = "123": is not an account number of 12 digits; write one such as'),
    (['aws.region = "Frankfurt"'], 'aws.region = "Frankfurt": is not a region'),
    (['site.domain = "https://x.example.com"'], 'site.domain = "https://x.example.com": is not a domain name'),
    (['site.domain = "Images.example.com"'], 'site.domain = "Images.example.com": is not a domain name in lower'),
    # A certificate's common name.
    ([f'site.domain = "{"x" * 53}{_DOT_COM}"'], f'site.domain = "{"x" * 53}{_DOT_COM}": has 65 characters, but'),
    ([f'site.domain = "{"x" * 64}.com"'], f'site.domain = "{"x" * 64}.com": has 68 characters'),
    (['site.hosted_zone_name = "example.com."'], 'site.hosted_zone_name = "example.com.": is not a domain name'),
    (['site.hosted_zone_id = "/hostedzone/Z1"'], 'site.hosted_zone_id = "/hostedzone/Z1": is not a hosted zone'),
    (['acme.email = "nobody"'], 'acme.email = "nobody": is not an e-mail address; write one such as'),
    (['acme.email = "a@b..com"'], 'acme.email = "a@b..com": is not an e-mail address'),
    (['operations.alarm_email = "a b@example.com"'], 'operations.alarm_email = "a b@example.com": is not an e-mail'),
    (['application.email_sender = "NDT <a@example.com>"'], 'application.email_sender = "NDT <a@example.com>": is not'),
    (['acme.directory_url = "http://ca.example.com/"'], 'acme.directory_url = "http://ca.example.com/": is not https'),
    (['acme.directory_url = "letsencrypt"'], 'acme.directory_url = "letsencrypt": is not an address; write'),
    ([f'{_EAB} = {{key_id = "k", hmac_key_secret_arn = "hmac"}}'], f"{_EAB}.hmac_key_secret_arn = \"hmac\": is not a secret's"),
    ([f'{_KEY} = "account-key"'], f"{_KEY} = \"account-key\": is not a secret's complete ARN"),
    ([f'{_KEY} = "{_GOOD_ARN[:-7]}"'], f"{_KEY} = \"{_GOOD_ARN[:-7]}\": is not a secret's complete ARN"),
    ([f'{_KEY} = "-----BEGIN PRIVATE KEY-----"'], f'{_KEY} = "-----BEGIN PRIVATE KEY-----": is not a secret'),
    (['site.origin_certificate = "ACM"'], 'site.origin_certificate = "ACM": is none of "acme", "acm"; did you mean "acm"?'),
    (['registry.username = ""'], 'registry.username = "": is not a word without blanks'),
    (['registry.project = "Group/Project"'], "registry.project = \"Group/Project\": is not an image's path"),
    (['registry.project = "group/project/"'], "registry.project = \"group/project/\": is not an image's path"),
    (['backend.health_path = "health"'], 'backend.health_path = "health": is not a path'),
    (['network.cloudfront_prefix_list_id = "com.amazonaws"'], 'network.cloudfront_prefix_list_id = "com.amazonaws": is not'),
    (['operations.removal_policy = "Retain"'], 'operations.removal_policy = "Retain": is none of "retain", "destroy"; did you mean "retain"?'),
    (['operations.removal_policy = "delete"'], 'operations.removal_policy = "delete": is none of "retain", "destroy"; choose one'),
]

NETWORK = [
    (['network.cidr = "10.0.0.0"'], 'network.cidr = "10.0.0.0": has the size /32; choose between /16 and /20'),
    (['network.cidr = "10.0.0.0/8"'], 'network.cidr = "10.0.0.0/8": has the size /8'),
    (['network.cidr = "10.0.0.0/24"'], 'network.cidr = "10.0.0.0/24": has the size /24'),
    (['network.cidr = "10.0.0.1/16"'], 'network.cidr = "10.0.0.1/16": is not an IPv4 range whose address is'),
    (['network.cidr = "fd00::/16"'], 'network.cidr = "fd00::/16": is not an IPv4 range'),
    (['network.cidr = "8.8.0.0/16"'], 'network.cidr = "8.8.0.0/16": is not private (RFC 1918)'),
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
    (_existing('cidr = "10.0.0.7/24"'), 'network.existing_vpc.cidr = "10.0.0.7/24": is not an IPv4 range whose'),
    (_existing('cidr = "172.17.4.0/24"'), 'network.existing_vpc.cidr = "172.17.4.0/24": overlaps 172.17.0.0/16, Docker'),
    (_existing('cidr = "10.0.0.0/26"'), 'network.existing_vpc.cidr = "10.0.0.0/26": has addresses for 6 containers and instances, but'),
    (_existing('application_subnet_ids = ["subnet-1", "subnet-00000002"]'), "network.existing_vpc.application_subnet_ids = \"subnet-1\": is not a subnet's id"),
    (_existing('application_subnet_ids = ["subnet-00000001"]'), 'network.existing_vpc.application_subnet_ids = ["subnet-00000001"]: has 1 for the 2 zones; name one per zone'),
    (_existing('data_subnet_ids = []'), "network.existing_vpc.data_subnet_ids = []: has 0 for the 2 zones"),
    (_existing('data_subnet_ids = ["subnet-00000002", "subnet-00000003"]'), 'network.existing_vpc.data_subnet_ids = ["subnet-00000002", "subnet-00000003"]: is not free of repetition together with application_subnet_ids: subnet-00000002; name'),
    (_existing('application_route_table_ids = ["subnet-00000001"]'), "network.existing_vpc.application_route_table_ids = \"subnet-00000001\": is not a route table's id"),
    (_existing('application_route_table_ids = ["rtb-00000001"]'), 'network.existing_vpc.application_route_table_ids = ["rtb-00000001"]: has 1 for the 2 zones'),
    ([*_existing(), 'network.nat = "single-gateway"'], "network.nat = \"single-gateway\": is the existing VPC's matter; remove it"),
    ([*_existing(), 'network.cidr = "10.0.0.0/16"'], "network.cidr = \"10.0.0.0/16\": is the existing VPC's matter; remove it"),
]

OFFERS = [
    (['database.instance_class = "db.m7g.large"'], 'database.instance_class = "db.m7g.large": is not an instance class'),
    (['database.instance_class = "m4.large"'], 'database.instance_class = "m4.large": is of the family "m4", which is not'),
    (['database.instance_class = "t4g.nano"'], 'database.instance_class = "t4g.nano": is of a size that "t4g" does not'),
    (['database.engine_version = "17"'], 'database.engine_version = "17": is not a full version of PostgreSQL'),
    (['database.engine_version = "14.20"'], 'database.engine_version = "14.20": is of the major version 14, which'),
    (['database.engine_version = "17.2"'], 'database.engine_version = "17.2": is no version that RDS is known to create; choose one of 17.5, 17.6'),
    (['database.engine_version = "18.99"'], 'database.engine_version = "18.99": is no version that RDS is known to create; choose'),
    (['cluster.instance_type = "large"'], 'cluster.instance_type = "large": is not an instance type'),
    (['cluster.instance_type = "m1.large"'], 'cluster.instance_type = "m1.large": is a type whose network interfaces'),
    (['aws.region = "cn-north-1"'], 'aws.region = "cn-north-1": is in a partition without us-east-1'),
    (['aws.region = "eu-centrl-1"'], 'aws.region = "eu-centrl-1": is a region whose CloudFront addresses are not known here; did you mean eu-central-1?'),
    (['aws.region = "xx-nowhere-1"'], 'aws.region = "xx-nowhere-1": is a region whose CloudFront addresses are not known here; set'),
]

CONTRADICTIONS = [
    ([_CLOSED], 'registry.source = "pull-through-cache": is out of reach, for network.nat = "none" leaves no way'),
    ([_CLOSED, *_ECR, f'registry.repository = "{_REPOSITORY.replace("eu-central-1", "eu-west-1")}"'], f'registry.repository = "{_REPOSITORY.replace("eu-central-1", "eu-west-1")}": is in eu-west-1, out of reach of the endpoints'),
    ([_CLOSED, *_MIRRORED, "application.grafana_loki = true"], 'application.grafana_loki = true: is on, but network.nat = "none" leaves'),
    (['network.cidr = "10.0.0.0/20"', "backend.maximum_count = 300", "cluster.maximum_instances = 200"], 'network.cidr = "10.0.0.0/20": has addresses for 454 containers and instances, but cluster.maximum_instances, frontend.maximum_count and backend.maximum_count make 507; choose'),
    (['aws.region = "ca-central-1"', 'database.instance_class = "m8g.large"'], 'database.instance_class = "m8g.large": is of a family that aws.region = "ca-central-1" does not'),
    (['site.domain = "a.example.org"'], 'site.domain = "a.example.org": is not in the hosted zone "example.com"'),
    (['site.internal_name = "notexample.com"'], 'site.internal_name = "notexample.com": is not in the hosted zone'),
    (['site.internal_name = "instandt.example.com"'], 'site.internal_name = "instandt.example.com": is the site\'s domain too'),
    (['site.cookie_domain = "other.example.com"'], 'site.cookie_domain = "other.example.com": is neither the site\'s domain'),
    (["application.storage_limit_gib = 1", "application.upload_limit_mib = 2048"], "application.upload_limit_mib = 2048: is more than storage_limit_gib = 1"),
    (["database.storage_gib = 500"], "database.maximum_storage_gib = 500: leaves no room to grow from storage_gib = 500"),
    (["database.storage_gib = 100", "database.maximum_storage_gib = 109"], "database.maximum_storage_gib = 109: leaves no room"),
    (["cluster.minimum_instances = 9"], "cluster.minimum_instances = 9: is more than maximum_instances = 8"),
    (["backend.desired_count = 5"], "backend.desired_count = 5: is more than maximum_count = 4"),
    ([f'{_EAB} = {{key_id = "k", hmac_key_secret_arn = "{_ARN.format("eu-west-1", 222222222222)}"}}'], f'{_EAB}.hmac_key_secret_arn = "{_ARN.format("eu-west-1", 222222222222)}": is in eu-west-1 of account'),
    ([f'{_EAB} = {{key_id = "k", hmac_key_secret_arn = "{_ARN.format("eu-central-1", 111111111111)}"}}'], f'{_EAB}.hmac_key_secret_arn = "{_ARN.format("eu-central-1", 111111111111)}": is in eu-central-1 of account 111111111111, not'),
    ([f'{_KEY} = "{_ARN.format("eu-west-1", 222222222222)}"'], f'{_KEY} = "{_ARN.format("eu-west-1", 222222222222)}": is in eu-west-1 of account'),
    ([f'{_KEY} = "{_ARN.format("eu-central-1", 111111111111)}"'], f'{_KEY} = "{_ARN.format("eu-central-1", 111111111111)}": is in eu-central-1 of account 111111111111, not'),
    ([f'{_KEY} = "{_GOOD_ARN}"', f'{_EAB} = {{key_id = "k", hmac_key_secret_arn = "{_GOOD_ARN}"}}'], f'{_KEY} = "{_GOOD_ARN}": names the key of an account that exists, but external_account_binding'),
    (["- acme"], 'site.origin_certificate = "acme": needs to know whom the certificate authority writes to; add the table [acme] with email'),
    (['site.origin_certificate = "acm"'], 'site.origin_certificate = "acm": leaves the certificate to AWS, which asks no other authority; remove the table [acme]'),
    ([f'registry.project = "{_LONG}/a"', f'registry.backend_image = "{"y" * 60}"'], f'registry.backend_image = "{"y" * 60}": makes an image\'s address of 325 characters below 222'),
    (["cluster.maximum_instances = 5"], "cluster.maximum_instances = 5: is too few for 11 containers"),
    (["backend.maximum_count = 10"], "cluster.maximum_instances = 8: is too few for 17 containers"),
    (['cluster.instance_type = "t3.micro"', "frontend.memory_mib = 512", "backend.memory_mib = 512", "migration.memory_mib = 512"], "cluster.maximum_instances = 8: is too few for 11 containers"),
    (["frontend.memory_mib = 4096", "backend.memory_mib = 4096"], "cluster.maximum_instances = 8: is too few for 11 containers"),
    (["backend.cpu = 4096"], 'backend.cpu = 4096: is more than the 2048 that cluster.instance_type = "m6i.large" has'),
    (["migration.memory_mib = 8192"], 'migration.memory_mib = 8192: is more than the 7577 that cluster.instance_type = "m6i.large" has'),
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
    ([*_ECR, 'registry.repository = "instandt"'], 'registry.repository = "instandt": is not where ECR keeps repositories in a commercial region; write one such as "123456789012.dkr.ecr.'),
    ([*_ECR, f'registry.repository = "https://{_REPOSITORY}"'], f'registry.repository = "https://{_REPOSITORY}": is not where ECR'),
    ([*_ECR, f'registry.repository = "{_REPOSITORY}/"'], f'registry.repository = "{_REPOSITORY}/": is not where ECR'),
    ([*_ECR, 'registry.repository = "222222222222.dkr.ecr.us-gov-west-1.amazonaws.com"'], 'registry.repository = "222222222222.dkr.ecr.us-gov-west-1.amazonaws.com": is not where ECR'),
    ([*_ECR, f'registry.repository = "{_REPOSITORY}"', 'registry.host = "registry.example.com"'], 'registry.host = "registry.example.com": is not used by source = "ecr"'),
    (['registry.host = "registry.example.com"'], 'registry.host = "registry.example.com": is not used by source = "pull-through-cache", since ECR caches registry.gitlab.com only; choose source = "gitlab"'),
    ([_GITLAB, 'registry.host = "https://registry.example.com"'], "registry.host = \"https://registry.example.com\": is not a registry's host"),
    ([_GITLAB, 'registry.host = "registry.example.com/group"'], "registry.host = \"registry.example.com/group\": is not a registry's host"),
    ([_GITLAB, 'registry.host = "registry.example.com:65536"'], 'registry.host = "registry.example.com:65536": has a port above 65535; write'),
    ([_GITLAB, f'registry.project = "{_LONG}/a"', f'registry.frontend_image = "{"y" * 40}"'], f'registry.frontend_image = "{"y" * 40}": makes an image\'s address of 263 characters below registry.gitlab.com'),
    ([*_ECR, f'registry.repository = "{_REPOSITORY}/{"z" * 180}"', f'registry.migration_image = "{"y" * 40}"'], f'registry.migration_image = "{"y" * 40}": makes an image\'s address of 278 characters'),
    ([_GITLAB, 'registry.frontend_digest = "sha256:abc"'], "registry.frontend_digest = \"sha256:abc\": is not an image's digest: sha256: and 64"),
    ([_GITLAB, f'registry.backend_digest = "{_DIGEST.upper()}"'], f"registry.backend_digest = \"{_DIGEST.upper()}\": is not an image's digest"),
    ([_GITLAB, f'registry.backend_digest = "{_DIGEST}"'], "registry.migration_digest: is missing beside backend_digest; set all three digests, or none"),
    ([f'registry.{name}_digest = "{_DIGEST}"' for name in ("frontend", "backend", "migration")], f"registry.frontend_digest = \"{_DIGEST}\": is of no use to ECR's pull-through cache, which fetches an image by its tag"),
]

STORAGE = [
    (['storage.mode = "efs"'], 'storage.mode = "efs": is none of "s3", "local"; choose one'),
    (['storage.mode = "local"', 'storage.mount_path = "images"'], 'storage.mount_path = "images": is not an absolute path below'),
    (['storage.mode = "local"', 'storage.mount_path = "/"'], 'storage.mount_path = "/": is not an absolute path below'),
    (['storage.mode = "local"', 'storage.mount_path = "/a/../b"'], 'storage.mount_path = "/a/../b": is not an absolute path'),
    (["storage.intelligent_tiering_after_days = -1"], "storage.intelligent_tiering_after_days = -1: is less than 0"),
    (["storage.intelligent_tiering_after_days = 36501"], "storage.intelligent_tiering_after_days = 36501: is more than 36500"),
    (["storage.archive_after_days = 0"], "storage.archive_after_days = 0: is less than 1"),
    (["storage.archive_after_days = 36501"], "storage.archive_after_days = 36501: is more than 36500"),
    (['storage.archive_after_days = "never"'], 'storage.archive_after_days = "never": is not a whole number'),
    (["storage.old_versions_days = 0"], "storage.old_versions_days = 0: is less than 1"),
    (["storage.old_versions_days = 36501"], "storage.old_versions_days = 36501: is more than 36500"),
    (["storage.archive_after_days = 59"], "storage.archive_after_days = 59: is less than 30 days after intelligent_tiering_after_days = 30; choose 60"),
    (['storage.replica_region = "Dublin"'], 'storage.replica_region = "Dublin": is not a region; write'),
    (['storage.replica_region = "eu-central-1"'], 'storage.replica_region = "eu-central-1": is aws.region itself, with which the copy would be lost; choose another'),
    (['storage.replica_region = "cn-north-1"'], 'storage.replica_region = "cn-north-1": is no region that every account has; choose one of'),
    (['storage.mount_path = "/srv/images"'], 'storage.mount_path = "/srv/images": has a meaning with mode = "local" only, but mode is "s3"; remove'),
    (['storage.mode = "local"', 'storage.replica_region = "eu-west-1"'], 'storage.replica_region = "eu-west-1": has a meaning with mode = "s3" only, but mode is "local"; remove'),
    (['storage.mode = "local"', "storage.archive_after_days = 365"], 'storage.archive_after_days = 365: has a meaning with mode = "s3" only'),
    (['storage.mode = "local"', "storage.old_versions_days = 7"], 'storage.old_versions_days = 7: has a meaning with mode = "s3" only'),
    (['storage.mode = "local"', "storage.intelligent_tiering_after_days = 7"], 'storage.intelligent_tiering_after_days = 7: has a meaning with mode'),
]

BAD_INPUTS = [*TYPES, *RANGES, *KEYS, *TEXTS, *NETWORK, *OFFERS, *CONTRADICTIONS, *REGISTRY, *STORAGE]
