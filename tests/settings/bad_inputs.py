"""What operators may get wrong: changes to good settings, and how the refusal begins after the file's name."""

# ruff: noqa: E501 - a row, a line
# fmt: off

_ARN = "arn:aws:secretsmanager:{}:{}:secret:hmac-Ab1Cd2"
_GOOD_ARN = _ARN.format("eu-central-1", 222222222222)
_ARABIC, _WIDE = r"\u0662" * 12, r"\uff12" * 12
_EAB = "acme.external_account_binding"
_KEY = "acme.account_key_secret_arn"
_DOT_COM = ".example.com"
_LONG = "x" * 200
_FOREIGN_ARN = _GOOD_ARN.replace("hmac", r"schl\u00fcssel")
_LONG_ARN = _GOOD_ARN.replace("hmac", "x" * 2048)

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
    (["database.engine_version = 17"], 'database.engine_version = 17: is none of "15", "16", "17", "18"; choose one'),
    (["frontend.cpu = 512.0"], "frontend.cpu = 512.0: is not a whole number"),
    (["operations.removal_policy = false"], "operations.removal_policy = false: is none of"),
    (["operations.log_retention_days = true"], "operations.log_retention_days = true: is not a whole number"),
    (['operations.log_retention_days = "30"'], 'operations.log_retention_days = "30": is not a whole number; write digits, without quotes'),
    (['network.zones = "ab"'], 'network.zones = "ab": is not a list; write its items in brackets'),
    (["network.zones = [1, 2]"], "network.zones = 1: is not text"),
    (['network = "10.0.0.0/16"'], 'network = "10.0.0.0/16": is not a table'),
    (["acme.email = 2026-11-21"], 'acme.email = "2026-11-21": is not text'),
]

RANGES = [
    (["application.upload_limit_mib = 0"], "application.upload_limit_mib = 0: is less than 1, the"),
    # CloudFront carries 20 GiB.
    (["application.upload_limit_mib = 20481"], "application.upload_limit_mib = 20481: is more than 20480"),
    (["application.upload_minutes = 0"], "application.upload_minutes = 0: is less than 1"),
    # The longest deregistration delay.
    (["application.upload_minutes = 61"], "application.upload_minutes = 61: is more than 60"),
    (["application.storage_limit_gib = 0"], "application.storage_limit_gib = 0: is less than 1"),
    (["application.email_token_seconds = 1"], "application.email_token_seconds = 1: is less than 60"),
    (["application.email_verification_seconds = 1"], "application.email_verification_seconds = 1: is less than 60"),
    (['edge.countries = ["Germany"]'], 'edge.countries = "Germany": is not a country'),
    (['edge.countries = "DE"'], 'edge.countries = "DE": is not a list'),
    (['edge.countries = ["DE"' + ', "DE"' * 50 + "]"], 'edge.countries = ["DE"' + ', "DE"' * 12 + ', "…: has 51 items, but at most 50 are possible; remove some'),
    (['edge.blocked_addresses = ["::1"' + ', "::1"' * 10_000 + "]"], 'edge.blocked_addresses = ["::1"' + ', "::1"' * 10 + ', ":…: has 10001 items, but at most 5000'),
    (['edge.allowed_addresses = ["0.0.0.0/0"]'], 'edge.allowed_addresses = "0.0.0.0/0": contains every address'),
    (['edge.blocked_addresses = ["203.0.113.7/24"]'], 'edge.blocked_addresses = "203.0.113.7/24": is not an address range'),
    (['edge.blocked_addresses = ["office"]'], 'edge.blocked_addresses = "office": is not an address range'),
    (["database.storage_gib = 10"], "database.storage_gib = 10: is less than 20"),
    (["database.storage_gib = 65537"], "database.storage_gib = 65537: is more than 59578"),
    (["database.maximum_storage_gib = 19"], "database.maximum_storage_gib = 19: is less than 22"),
    (["database.maximum_storage_gib = 65537"], "database.maximum_storage_gib = 65537: is more than 65536"),
    (["database.backup_days = 0"], "database.backup_days = 0: is less than 1"),
    (["database.backup_days = 36"], "database.backup_days = 36: is more than 35"),
    (["database.snapshot_days = 0"], "database.snapshot_days = 0: is less than 1"),
    (["database.snapshot_days = 36501"], "database.snapshot_days = 36501: is more than 36500"),
    (["cluster.minimum_instances = 0"], "cluster.minimum_instances = 0: is less than 1"),
    (["cluster.minimum_instances = 5001"], "cluster.minimum_instances = 5001: is more than 5000"),
    (["cluster.maximum_instances = 0"], "cluster.maximum_instances = 0: is less than 1"),
    (["cluster.maximum_instances = 5001"], "cluster.maximum_instances = 5001: is more than 5000"),
    (["cluster.instance_days = 0"], "cluster.instance_days = 0: is less than 1"),
    # The longest lifetime that an auto scaling group takes.
    (["cluster.instance_days = 366"], "cluster.instance_days = 366: is more than 365"),
    # The size of the machine image, and the largest gp3 volume.
    (["cluster.volume_gib = 29"], "cluster.volume_gib = 29: is less than 30"),
    (["cluster.volume_gib = 16385"], "cluster.volume_gib = 16385: is more than 16384"),
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
    (["migration.timeout_minutes = 52"], "migration.timeout_minutes = 52: is more than 51"),
    (["operations.log_retention_days = 100"], "operations.log_retention_days = 100: is none of 1, 3, 5"),
]

KEYS = [
    (["- application"], "application: is missing; add the table [application] with email_sender"),
    (["- aws"], "aws: is missing; add the table [aws] with account, region"),
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
    (['environment = "prod"'], "environment: is the file's name, not a key in the file; remove"),
]

TEXTS = [
    (['site.domain = "bilder.müller.example.com"'], r'site.domain = "bilder.m\u00fcller.example.com": is not a domain name'),
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
    (['acme.directory_url = "letsencrypt"'], 'acme.directory_url = "letsencrypt": is not a URL; write'),
    (['acme.directory_url = "https://[ca.example.com/"'], 'acme.directory_url = "https://[ca.example.com/": is not a URL'),
    ([f'{_EAB} = {{key_id = "k", hmac_key_secret_arn = "hmac"}}'], f"{_EAB}.hmac_key_secret_arn = \"hmac\": is not a secret's"),
    ([f'{_KEY} = "account-key"'], f"{_KEY} = \"account-key\": is not a secret's complete ARN"),
    ([f'{_KEY} = "{_GOOD_ARN[:-7]}"'], f"{_KEY} = \"{_GOOD_ARN[:-7]}\": is not a secret's complete ARN"),
    ([f'{_KEY} = "{_LONG_ARN}"'], f"{_KEY} = \"{_LONG_ARN[:79]}…: has {len(_LONG_ARN)} characters, but a secret's complete ARN"),
    ([f'{_KEY} = "-----BEGIN PRIVATE KEY-----"'], f'{_KEY} = "-----BEGIN PRIVATE KEY-----": is not a secret'),
    (['site.origin_certificate = "ACM"'], 'site.origin_certificate = "ACM": is none of "acme", "acm"; did you mean "acm"?'),
    (['registry.username = ""'], 'registry.username = "": is not a word without blanks'),
    (['registry.project = "Group/Project"'], "registry.project = \"Group/Project\": is not an image's path"),
    (['registry.project = "group/project/"'], "registry.project = \"group/project/\": is not an image's path"),
    (['smoke.media_path = "/media"'], 'smoke.media_path = "/media": is not below /api/, where the backend is; correct it, or write "/"'),
    (['backend.health_path = "health"'], 'backend.health_path = "health": is not a path'),
    (['backend.user = "node"'], "backend.user = \"node\": is not a user's number, or USER:GROUP; write one such as"),
    (['migration.user = "0:1000"'], 'migration.user = "0:1000": is root, which can do more than a container needs; choose another'),
    (['backend.health_codes = "OK"'], 'backend.health_codes = "OK": is not a list of status codes; write one such as "200,301-302"'),
    (['backend.health_codes = "200, 302"'], 'backend.health_codes = "200, 302": is not a list of status codes'),
    (['frontend.health_codes = "200-599"'], 'frontend.health_codes = "200-599": has 200-599, which no health check can expect; choose from 200 to 499'),
    (['frontend.health_codes = "200,399-300"'], 'frontend.health_codes = "200,399-300": has 399-300, which'),
    (['network.cloudfront_prefix_list_id = "com.amazonaws"'], 'network.cloudfront_prefix_list_id = "com.amazonaws": is not'),
    (['operations.removal_policy = "Retain"'], 'operations.removal_policy = "Retain": is none of "retain", "destroy"; did you mean "retain"?'),
    (['operations.removal_policy = "delete"'], 'operations.removal_policy = "delete": is none of "retain", "destroy"; choose one'),
]

OFFERS = [
    (['database.instance_class = "db.m7g.large"'], 'database.instance_class = "db.m7g.large": is not an instance class'),
    (['database.instance_class = "m4.large"'], 'database.instance_class = "m4.large": is of the family "m4", which is not'),
    (['database.engine_version = "17.11"'], 'database.engine_version = "17.11": is none of "15", "16", "17", "18"; choose'),
    (['database.instance_class = "t4g.nano"'], 'database.instance_class = "t4g.nano": is of a size that "t4g" does not'),
    (['database.name = "instaNDT"'], 'database.name = "instaNDT": is not a name of lower-case letters, digits and _'),
    (['database.name = "2ndt"'], 'database.name = "2ndt": is not a name of'),
    ([f'database.name = "{"x" * 64}"'], f'database.name = "{"x" * 64}": has 64 characters'),
    (['database.name = "postgres"'], "database.name = \"postgres\": is a database of PostgreSQL's or of RDS's own; choose"),
    (['cluster.instance_type = "large"'], 'cluster.instance_type = "large": is not an instance type'),
    (['cluster.instance_type = "m1.large"'], 'cluster.instance_type = "m1.large": is a type whose network interfaces'),
    (['aws.region = "cn-north-1"'], 'aws.region = "cn-north-1": is in a partition without us-east-1'),
    (['aws.region = "eu-centrl-1"'], 'aws.region = "eu-centrl-1": is a region whose CloudFront addresses are not known here; did you mean eu-central-1?'),
    (['aws.region = "xx-nowhere-1"'], 'aws.region = "xx-nowhere-1": is a region whose CloudFront addresses are not known here; set'),
]

CONTRADICTIONS = [
    (['network.cidr = "10.0.0.0/20"', "backend.maximum_count = 300", "cluster.maximum_instances = 200"], 'network.cidr = "10.0.0.0/20": has addresses for 454 containers and instances, but cluster.maximum_instances, frontend.maximum_count and backend.maximum_count need 507; choose'),
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
    ([f'{_KEY} = "{_GOOD_ARN}"', f'{_EAB} = {{key_id = "k", hmac_key_secret_arn = "{_GOOD_ARN}"}}'], f'{_KEY} = "{_GOOD_ARN}": names the key of an existing account, but external_account_binding'),
    (["- acme"], 'site.origin_certificate = "acme": needs an e-mail address for the certificate authority; add the table [acme] with email'),
    (['site.origin_certificate = "acm"'], 'site.origin_certificate = "acm": means that AWS issues the certificate, so [acme] is not used; remove the table [acme]'),
    ([f'registry.project = "{_LONG}/a"', f'registry.backend_image = "{"y" * 60}"'], f'registry.backend_image = "{"y" * 60}": makes an image\'s address of 325 characters below 222'),
    (["cluster.maximum_instances = 5"], "cluster.maximum_instances = 5: is too few for 11 containers"),
    (["backend.maximum_count = 10"], "cluster.maximum_instances = 8: is too few for 17 containers"),
    (['cluster.instance_type = "t3.micro"', "frontend.memory_mib = 512", "backend.memory_mib = 512", "migration.memory_mib = 512"], "cluster.maximum_instances = 8: is too few for 11 containers"),
    (["frontend.memory_mib = 4096", "backend.memory_mib = 4096"], "cluster.maximum_instances = 8: is too few for 11 containers"),
    (["backend.cpu = 4096"], 'backend.cpu = 4096: is more than the 2048 that cluster.instance_type = "m6i.large" has'),
    (["migration.memory_mib = 8192"], 'migration.memory_mib = 8192: is more than the 7577 that cluster.instance_type = "m6i.large" has'),
]

# What looks like something else, would be shown as something else, or is too much.
ODD = [
    ([f'aws.account = "{_ARABIC}"'], f'aws.account = "{_ARABIC}": is not an account number of 12 digits'),
    ([f'aws.account = "{_WIDE}"'], f'aws.account = "{_WIDE}": is not an account number'),
    (['registry.source = "gitlab"', r'registry.host = "registry.example.com:\uff15\uff10"'], r'registry.host = "registry.example.com:\uff15\uff10": is not a registry'),
    (['registry.username = "töken"'], r'registry.username = "t\u00f6ken": is not a word without blanks, in ASCII'),
    ([f'{_KEY} = "{_FOREIGN_ARN}"'], f"{_KEY} = \"{_FOREIGN_ARN}\": is not a secret's complete ARN"),
    ([f'{_KEY} = "{_GOOD_ARN.replace("aws:", "aws-cn:")}"'], f"{_KEY} = \"{_GOOD_ARN.replace('aws:', 'aws-cn:')}\": is not a secret's complete ARN"),
    # Right to left, and a terminal's own characters.
    ([r'site.domain = "moc\u202e.example.com"'], r'site.domain = "moc\u202e.example.com": is not a domain name'),
    ([r'app_version = "\u001b[2J1.0.0"'], r'app_version = "\u001b[2J1.0.0": is not an image tag'),
    ([r'app_version = "1.0\u007f"'], r'app_version = "1.0\u007f": is not an image tag'),
    ([r'"app_version\u200b" = "2.0.0"'], r'"app_version\u200b" = "2.0.0": is not a setting at the top; did you mean app_version?'),
    ([r'aws."\u001b[31m" = 1'], r'aws."\u001b[31m" = 1: is not a setting in [aws]; remove it'),
    ([f'"{_LONG}" = 1'], f'"{"x" * 79}… = 1: is not a setting at the top'),
    # Numbers and lists without end.
    ([f"application.storage_limit_gib = {'9' * 31}"], f"application.storage_limit_gib = {'9' * 31}: is more than 8388607"),
    (["application.email_token_seconds = 2147483648"], "application.email_token_seconds = 2147483648: is more than 2147483647"),
    ([f"migration.memory_mib = {'9' * 31}"], f"migration.memory_mib = {'9' * 31}: is more than 121241"),
    ([f"backend.port = 0x{'f' * 5000}"], "backend.port = …: is more than 65535"),
    ([f"backend.port = [{{{'a.' * 2000}b = 1}}]"], "backend.port = …: is not a whole number"),
    (["network.zones = " + "[" * 300 + "]" * 300], f"network.zones = {'[' * 80}…: is not text"),
    # What AWS does not know.
    (['edge.countries = ["UK"]'], "edge.countries = \"UK\": is no country's code in ISO 3166 that AWS WAF knows; write one such as \"GB\""),
    (['edge.countries = ["ZZ"]'], "edge.countries = \"ZZ\": is no country's code in ISO 3166 that AWS WAF knows"),
    (['edge.allowed_addresses = ["fe80::1%eth0"]'], 'edge.allowed_addresses = "fe80::1%eth0": is not an address range'),
    (['edge.blocked_addresses = ["10.0.0.0/255.0.0.0"]'], 'edge.blocked_addresses = "10.0.0.0/255.0.0.0": is not an address range'),
    (['site.domain = "10.0.0.1"', 'site.hosted_zone_name = "0.0.1"'], 'site.domain = "10.0.0.1": is not a domain name'),
    (["- acme", 'site.origin_certificate = "acm"', "- operations.alarm_email"], "operations.alarm_email: is missing, and there is no acme.email to write to instead; add"),
    (['operations.guide_url = "http://git.example.com/docs"'], 'operations.guide_url = "http://git.example.com/docs": is not the URL of a folder'),
    (['operations.guide_url = "https://git.example.com/docs/"'], 'operations.guide_url = "https://git.example.com/docs/": is not the URL of a folder'),
    ([f'operations.guide_url = "https://{_LONG}"'], f'operations.guide_url = "https://{_LONG[:71]}…: has 208 characters'),
    (['operations.alarm_email = "a@10.0.0.1"'], 'operations.alarm_email = "a@10.0.0.1": is not an e-mail address'),
    # Secrets that do not belong here are not repeated.
    (['acme.directory_url = "https://me:secret@ca.example.com/"'], 'acme.directory_url = "https://…@ca.example.com/": has a user or a password'),
    (['registry.host = "https://me:secret@registry.example.com"'], 'registry.host = "https://…@registry.example.com": is not a registry'),
    (['acme.directory_url = "https://ca.example.com/ä"'], r'acme.directory_url = "https://ca.example.com/\u00e4": is not a URL'),
]

BAD_INPUTS = [*TYPES, *RANGES, *KEYS, *TEXTS, *OFFERS, *CONTRADICTIONS, *ODD]
