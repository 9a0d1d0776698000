"""Settings: what operators write is taken as meant, or refused with a sentence that helps."""

import re
from pathlib import Path

import pytest

from instandt_cdk import settings
from tests.synthesis import ROOT

ENVIRONMENTS = ROOT / "environments"


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text((ENVIRONMENTS / "prod.toml").read_text())
    return tmp_path


def _change(environments: Path, pattern: str, replacement: str) -> None:
    file = environments / "site.toml"
    text, count = re.subn(pattern, replacement, file.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    file.write_text(text)


@pytest.mark.parametrize("file", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_environments_that_come_with_the_project_load(file: Path) -> None:
    assert settings.load(ENVIRONMENTS, file.stem).environment == file.stem


def test_defaults_are_safe_for_production() -> None:
    prod = settings.load(ENVIRONMENTS, "prod")
    assert prod.database.multi_az
    assert prod.operations.removal_policy == "retain"
    assert prod.frontend.desired_count >= 2
    assert prod.backend.desired_count >= 2


def test_a_version_on_the_command_line_takes_the_place_of_the_files() -> None:
    assert settings.load(ENVIRONMENTS, "prod", app_version="9.9.9").app_version == "9.9.9"


BAD = [
    (r"^app_version.*", "", "app_version", "Field required"),
    (r"^app_version.*", 'app_version = "a b"', "app_version", "'a b' is not an image tag"),
    (
        r"^account.*",
        'account = "123"',
        "aws.account",
        "'123' is not an account number of 12 digits",
    ),
    (r"^region.*", 'region = "Frankfurt"', "aws.region", "'Frankfurt' is not a region"),
    (r"^domain.*", 'domain = "a.example.org"', "site", "not in the hosted zone 'example.com'"),
    (
        r"^internal_name.*",
        'internal_name = "instandt.example.com"',
        "site",
        "is the site's domain too",
    ),
    (r"^email = .*", 'email = "nobody"', "acme.email", "'nobody' is not an e-mail address"),
    (
        r"^email = .*",
        'email = "a@example.com"\ndirectory_url = "http://ca.example.com/"',
        "acme.directory_url",
        "not https",
    ),
    (r"^zones.*", 'zones = ["a", "a"]', "network.zones", "not two or three different zones"),
    (r"^nat_gateways.*", "nat_gateways = 4", "network", "there can be one per zone"),
    (r"^\[network\]", '[network]\ncidr = "10.0.0.0/8"', "network.cidr", "has the size /8"),
    (r"^\[network\]", '[network]\ncidr = "8.8.0.0/16"', "network.cidr", "is not private"),
    (r"^\[network\]", '[network]\ncidr = "10.0.0.1/16"', "network.cidr", "has host bits set"),
    (r"^\[network\]", "[network]\nnat = 3", "network.nat", "Extra inputs are not permitted"),
    (
        r"^\[operations\]",
        "[database]\nstorage_gib = 500\n[operations]",
        "database",
        "leaves no room to grow",
    ),
    (
        r"^\[operations\]",
        "[cluster]\nminimum_instances = 9\n[operations]",
        "cluster",
        "is more than maximum_instances = 8",
    ),
    (
        r"^\[operations\]",
        "[backend]\ndesired_count = 5\n[operations]",
        "backend",
        "is more than maximum_count = 4",
    ),
    (r"^region.*", 'region = "xx-nowhere-1"', "settings", "cloudfront_prefix_list_id is missing"),
]


@pytest.mark.parametrize(("pattern", "replacement", "key", "sentence"), BAD)
def test_a_bad_setting_is_refused(
    environments: Path, pattern: str, replacement: str, key: str, sentence: str
) -> None:
    _change(environments, pattern, replacement)
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(environments, "site")
    message = str(raised.value)
    assert str(environments / "site.toml") in message
    assert f": {key}: " in message
    assert sentence in message


def test_several_mistakes_are_reported_together(environments: Path) -> None:
    _change(environments, r"^account.*", 'account = "1"')
    _change(environments, r"^email = .*", 'email = "nobody"')
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(environments, "site")
    assert len(str(raised.value).splitlines()) == 2


def test_an_unknown_environment_is_answered_with_the_known_ones() -> None:
    with pytest.raises(settings.SettingsError, match="the environments are: dev, local, prod"):
        settings.load(ENVIRONMENTS, "production")


def test_a_file_that_is_no_toml_is_named(environments: Path) -> None:
    (environments / "site.toml").write_text("app_version = \n")
    with pytest.raises(settings.SettingsError, match=r"site\.toml: not valid TOML: .*line 1"):
        settings.load(environments, "site")


def test_every_setting_has_a_manual() -> None:
    def fields(model: type[settings.Section]) -> list[str]:
        return [
            f"{model.__name__}.{name}"
            for name, field in model.model_fields.items()
            if not field.description
            and not any(name in base.__annotations__ for base in model.__mro__[1:-1])
        ]

    sections = [c for c in vars(settings).values() if isinstance(c, type)]
    models = [c for c in sections if issubclass(c, settings.Section) and c is not settings.Section]
    assert len(models) > 10
    undocumented = [f for m in models if m is not settings.Settings for f in fields(m)]
    assert undocumented == []
