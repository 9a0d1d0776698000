"""The secrets that operators fill in: checked, and never quoted."""

import json
from collections.abc import Callable, Iterator

import pytest

from instandt_cdk.doctor import stored_secrets
from instandt_cdk.doctor.finding import Finding
from instandt_cdk.names import Names
from instandt_cdk.settings import RegistrySettings
from tests.doctor.stubs import TOKEN, holding, lines
from tests.lambdas import account_keys
from tests.support.emulated import Cloud


def _found(cloud: Cloud, environment: str) -> list[str]:
    found = lines(
        stored_secrets.gitlab_credentials(
            cloud.client("secretsmanager"),
            cloud.client("cloudformation"),
            names=Names(environment),
            registry=RegistrySettings(username="u", project="p"),
        )
    )
    assert TOKEN not in str(found)
    return found


def test_before_the_first_deployment_the_token_is_yet_to_come(cloud: Cloud) -> None:
    assert _found(cloud, "first") == [
        "✓ ecr-pullthroughcache/dndt-gitlab-first does not exist yet: the deployment that creates it needs "
        "the token"
    ]


def test_after_a_change_of_the_source_the_deployment_creates_the_secret(cloud: Cloud) -> None:
    cloud.apply("instandt-moved-secrets", holding("instandt-gitlab-moved"))
    (line,) = _found(cloud, "moved")
    assert line.startswith("✓ ecr-pullthroughcache/dndt-gitlab-moved does not exist yet")


def test_the_credentials_of_a_deployed_environment(cloud: Cloud) -> None:
    secrets, name = cloud.client("secretsmanager"), "ecr-pullthroughcache/dndt-gitlab-there"
    cloud.apply("instandt-there-secrets", holding(name))
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    (line,) = _found(cloud, "there")
    assert line.startswith(f"✗ {name} is gone, although its stack is deployed →")
    secrets.create_secret(Name=name, SecretString=TOKEN)
    for value, line in (
        (TOKEN, "✗ {} holds no JSON object →"),
        (json.dumps([TOKEN]), "✗ {} holds no JSON object →"),
        (json.dumps({"token": TOKEN}), "✗ {} has no accessToken and no username →"),
        (json.dumps({"username": "u", "accessToken": 5}), "✗ {} has no accessToken →"),
        (json.dumps({"username": "u", "accessToken": TOKEN}), "✓ {} has a user and a token"),
        *(
            (json.dumps({"username": "u", "accessToken": word}), "✗ {} has a placeholder for")
            for word in (
                "",
                "xxxx",
                "…",
                "<token>",
                "${TOKEN}",
                "CHANGEME",
                "change-me",
                "placeholder",
            )
        ),
    ):
        secrets.put_secret_value(SecretId=name, SecretString=value)
        (found,) = _found(cloud, "there")
        assert found.startswith(line.format(name)), value
    secrets.delete_secret(SecretId=name)
    (found,) = _found(cloud, "there")
    assert found.startswith(f"✗ {name} is scheduled for deletion → `aws secretsmanager restore-")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", "✓ {} holds a key"),
        ("c2VjcmV0LWtleQ==\n", "✓ {} holds a key"),
        ('{"key": "zWNDZM6eQGHWpSRT"}', "✗ {} holds a placeholder →"),
        ("changeme", "✗ {} holds a placeholder →"),
        ("two words", "✗ {} holds text that is not base64url →"),
        ("with+plus/slash", "✗ {} holds text that is not base64url →"),
    ],
)
def test_the_key_of_an_external_account(cloud: Cloud, value: str, line: str) -> None:
    secrets = cloud.client("secretsmanager")
    arn = secrets.create_secret(Name=f"acme-{abs(hash(value))}", SecretString=value)["ARN"]
    (found,) = lines(stored_secrets.external_account_key(secrets, arn=arn))
    assert found.startswith(line.format(arn))
    assert value not in found


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (stored_secrets.external_account_key, "c2VjcmV0LWtleQ"),
        (stored_secrets.account_key, account_keys.jwk(account_keys.ec_key())),
    ],
)
def test_a_secret_under_a_key_of_the_operator_s(
    cloud: Cloud, check: Callable[..., Iterator[Finding]], value: str
) -> None:
    secrets = cloud.client("secretsmanager")
    key = "arn:aws:kms:eu-central-1:000000000000:key/3f5c6a1e-0000-4000-8000-000000000000"
    name = f"under-a-key-{check.__name__}"
    arn = secrets.create_secret(Name=name, SecretString=value, KmsKeyId=key)["ARN"]
    own = "--kms-key-id alias/aws/secretsmanager"
    assert lines(check(secrets, arn=arn)) == [
        f"! {arn} is encrypted with {key}, which the certificate's function may not use unless the key's "
        f"policy says so → `aws secretsmanager update-secret --secret-id {arn} {own}`"
    ]
    secrets.update_secret(SecretId=arn, KmsKeyId="alias/aws/secretsmanager")
    (line,) = lines(check(secrets, arn=arn))
    assert line.startswith(f"✓ {arn} holds a ")


def test_an_external_account_without_its_secret(cloud: Cloud) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:nothing-AbCdEf"
    (line,) = lines(stored_secrets.external_account_key(cloud.client("secretsmanager"), arn=arn))
    assert line.startswith(
        f"✗ acme.external_account_binding.hmac_key_secret_arn: there is no secret {arn}"
    )
