"""Each choice in the settings is checked for what it needs, and for nothing else."""

from collections import Counter

import pytest

from instandt_cdk import doctor
from instandt_cdk.doctor import requirements, stored_secrets
from instandt_cdk.doctor.clients import Clients
from instandt_cdk.names import Names
from tests.doctor.stubs import holding, lines, resolver_at
from tests.lambdas import account_keys
from tests.support.choices import EXISTING, synthesized
from tests.support.emulated import Cloud
from tests.support.settings_files import SettingsFactory

KEY = account_keys.ec_key()

ARN = "arn:aws:secretsmanager:eu-central-1:222222222222:secret:{}-Ab1Cd2"
ECR = [
    "- registry.username",
    "- registry.project",
    'registry.source = "ecr"',
    'registry.repository = "222222222222.dkr.ecr.eu-central-1.amazonaws.com/instandt"',
]
EXISTING_VPC = [f"network.existing_vpc.{key} = {value!r}" for key, value in EXISTING.items()]


def _checks(settings: SettingsFactory, *changes: str) -> Counter[str]:
    """How many checks of each subject there are."""
    chosen, resolver = settings(*changes), resolver_at(9)
    aws = Clients.make(chosen.aws.region, stack_regions=chosen.regions)
    checks = [
        *doctor.account_checks(aws, resolver, chosen),
        *doctor.public_checks(resolver, chosen),
    ]
    return Counter(check.subject for check in checks)


@pytest.mark.parametrize(
    ("changes", "more", "fewer"),
    [
        (ECR, [], ["secrets", "images"]),
        (['registry.source = "gitlab"'], [], ["images"]),
        (EXISTING_VPC, ["existing VPC"] * 3, ["VPCs", "endpoints"]),
        (["network.interface_endpoints = false"], [], ["endpoints"]),
        (
            [
                "- acme",
                'site.origin_certificate = "acm"',
                'operations.alarm_email = "operations@example.com"',
            ],
            [],
            ["authority", "CAA", "hosted zone"],
        ),
        ([f'acme.account_key_secret_arn = "{ARN.format("key")}"'], ["secrets"], []),
        (['storage.replica_region = "eu-west-1"'], ["bootstrap"], []),
    ],
)
def test_a_choice_changes_what_is_checked(
    settings: SettingsFactory,
    monkeypatch: pytest.MonkeyPatch,
    changes: list[str],
    more: list[str],
    fewer: list[str],
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    usual, chosen = _checks(settings), _checks(settings, *changes)
    assert (chosen - usual, usual - chosen) == (Counter(more), Counter(fewer))


@pytest.mark.parametrize(
    ("choice", "changes"),
    [
        ("instances", ['network.nat = "instance-per-zone"']),
        ("closed", [*ECR, 'network.nat = "none"']),
        ("without endpoints", ['network.nat = "single-gateway"']),
        ("existing", EXISTING_VPC),
    ],
)
def test_addresses_and_processors_as_in_the_templates(
    settings: SettingsFactory, choice: str, changes: list[str]
) -> None:
    resources, chosen = synthesized(choice), settings(*changes)
    assert requirements.elastic_ips(chosen) == len(list(resources.resources("AWS::EC2::EIP")))
    nat = len(list(resources.resources("AWS::EC2::Instance"))) * requirements.NAT_INSTANCE_CPUS
    assert requirements.virtual_cpus(chosen, instances=0) == nat + requirements.BASTION_CPUS


def test_gitlab_s_own_login_has_another_name_and_key(
    cloud: Cloud, settings: SettingsFactory
) -> None:
    value = '{"username": "u", "accessToken": "t"}'
    cloud.apply("instandt-direct-secrets", holding("instandt-gitlab-direct", value))
    (line,) = lines(
        stored_secrets.gitlab_credentials(
            cloud.client("secretsmanager"),
            cloud.client("cloudformation"),
            names=Names("direct"),
            registry=settings('registry.source = "gitlab"').registry,
        )
    )
    assert line.startswith("✗ instandt-gitlab-direct has no password →")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (account_keys.traditional_pem(KEY), "✓ {} holds a private key"),
        (account_keys.jwk(KEY), "✓ {} holds a private key"),
        ("-----BEGIN CERTIFICATE-----\nMHc", "✗ {} holds no PEM or JWK private key that"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n", "✗ {} holds"),
    ],
    ids=["PEM", "JWK", "certificate", "damaged PEM"],
)
def test_the_key_of_an_account_that_exists(cloud: Cloud, value: str, line: str) -> None:
    secrets = cloud.client("secretsmanager")
    name = f"account-key-{abs(hash(value))}"
    arn = secrets.create_secret(Name=name, SecretString=value)["ARN"]
    (found,) = lines(stored_secrets.account_key(secrets, arn=arn))
    assert found.startswith(line.format(arn))
    (absent,) = lines(stored_secrets.account_key(secrets, arn=arn.replace(name, "nothing")))
    assert absent.startswith("✗ acme.account_key_secret_arn: there is no secret")
