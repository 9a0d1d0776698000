"""A token that expires is noticed by the daily look, without being shown."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from preflight import handler
from preflight.errors import PreflightError
from preflight.requests import RegistryAccess
from tests.lambdas.registries import IMAGES, PROJECT, TOKEN, USER, Tls, running_gitlab

EXPIRED = "expired-token"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def gitlab(tls: Tls) -> Iterator[str]:
    with running_gitlab(tls) as host:
        yield host


@pytest.fixture
def access(
    tls: Tls, gitlab: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[RegistryAccess]:
    """What the function is to look at, with the right token in the secret."""
    for name, value in {**aws_environment, "SSL_CERT_FILE": str(tls.root)}.items():
        monkeypatch.setenv(name, value)
    secrets = boto3.client("secretsmanager")
    arn = secrets.create_secret(Name="instandt-gitlab-test", SecretString=_login(TOKEN))["ARN"]
    yield RegistryAccess(
        host=gitlab,
        project=PROJECT,
        images=list(IMAGES),
        credentials_arn=arn,
        token_key="password",  # noqa: S106 - a name
        token_parameter="instandt-prod-secrets:GitLabAccessToken",  # noqa: S106 - a name
    )
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def _login(token: str) -> str:
    return json.dumps({"username": USER, "password": token})


def _look(access: RegistryAccess) -> None:
    # As EventBridge sends it.
    event: dict[str, Any] = json.loads(json.dumps(access.daily_look()))
    handler.handle(event, None)


def test_a_token_that_is_taken_is_no_error_however_often(
    access: RegistryAccess, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        _look(access)
    assert capsys.readouterr().out == "Daily look: the registry takes the token\n" * 2


def test_a_token_that_has_expired_is_an_error_with_the_remedy(
    access: RegistryAccess, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.put_secret_value(SecretId=access.credentials_arn, SecretString=_login(EXPIRED))
    with pytest.raises(PreflightError, match=f'refuses the user "{USER}".*read_registry') as caught:
        _look(access)
    assert EXPIRED not in f"{caught.getrepr(showlocals=False)}{capsys.readouterr()}"


def test_a_secret_that_was_taken_apart_is_an_error(access: RegistryAccess) -> None:
    with pytest.raises(PreflightError, match="has no accessToken"):
        _look(replace(access, token_key="accessToken"))  # noqa: S106 - a name
