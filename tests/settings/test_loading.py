"""Settings files are taken as meant."""

import re
from pathlib import Path

import pytest

from instandt_cdk import settings
from tests.support import ROOT
from tests.support.settings_files import write

ENVIRONMENTS = ROOT / "environments"


@pytest.mark.parametrize("file", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_environments_that_come_with_the_project_load(file: Path) -> None:
    assert settings.load(ENVIRONMENTS, file.stem).environment == file.stem


def test_defaults_are_safe_for_production(tmp_path: Path) -> None:
    write(tmp_path)
    default = settings.load(tmp_path, "site")
    assert default.database.multi_az
    assert default.operations.removal_policy == "retain"
    assert default.frontend.desired_count >= 2
    assert default.backend.desired_count >= 2
    assert default.network.nat == "gateway-per-zone"
    assert len(default.network.zones) >= 2


def test_a_version_on_the_command_line_takes_the_place_of_the_files() -> None:
    assert settings.load(ENVIRONMENTS, "prod", app_version="9.9.9").app_version == "9.9.9"


def test_a_byte_order_mark_is_no_setting(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert settings.load(tmp_path, "site").app_version == "1.0.0"


@pytest.mark.parametrize(
    "change",
    [
        'site.domain = "example.com"',  # the zone itself
        'site.cookie_domain = "example.com"',
        'network.cidr = "172.31.0.0/16"',
        'network.zones = ["c", "a", "b"]',
        "network.interface_endpoints = false",
        'network.existing_vpc = {id = "vpc-0a0a0a0a", cidr = "100.64.0.0/24", application_subnet_ids = '
        '["subnet-00000001", "subnet-00000002"], data_subnet_ids = ["subnet-00000003", "subnet-00000004"], '
        'application_route_table_ids = ["rtb-00000001", "rtb-00000001"]}',
        'acme.directory_url = "https://127.0.0.1:14000/dir"',
        'acme.external_account_binding = {key_id = "k", hmac_key_secret_arn = '
        '"arn:aws:secretsmanager:eu-central-1:222222222222:secret:a/b-Ab1Cd2"}',
        "acme.account_key_secret_arn = "
        '"arn:aws:secretsmanager:eu-central-1:222222222222:secret:key-Ab1Cd2"',
        'database.engine_version = "15"',
        "application.upload_limit_mib = 20480",
        "cluster.maximum_instances = 6",
        'edge.countries = ["GB", "XK"]',
        'edge.allowed_addresses = ["203.0.113.7", "2001:DB8::/32"]',
        'network.cloudfront_prefix_list_id = "pl-0123456789abcdef0"',
    ],
)
def test_what_is_unusual_but_works_is_accepted(tmp_path: Path, change: str) -> None:
    write(tmp_path, change)
    settings.load(tmp_path, "site")


def test_a_region_that_is_not_known_needs_cloudfronts_prefix_list(tmp_path: Path) -> None:
    write(
        tmp_path,
        'aws.region = "ap-new-1"',
        'network.cloudfront_prefix_list_id = "pl-0123456789abc"',
    )
    assert settings.load(tmp_path, "site").aws.region == "ap-new-1"


def test_what_is_commented_out_in_prod_are_the_defaults(tmp_path: Path) -> None:
    commented = re.compile(
        r"# (?=[a-z_]+ = [\"\d\[tf])"
        r"(?!cookie_domain|key_id|hmac|account_key|guide_url|interface|upload_field)"
    )
    text = (ENVIRONMENTS / "prod.toml").read_text()
    (tmp_path / "prod.toml").write_text(commented.sub("", text))
    assert len(commented.findall(text)) > 15
    assert settings.load(tmp_path, "prod") == settings.load(ENVIRONMENTS, "prod")
