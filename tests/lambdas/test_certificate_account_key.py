"""An operator's ACME account is gone on with: the authority is asked for it, and never for another."""

import json
import logging
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from certificate import account_key
from tests.lambdas.account_keys import (
    PrivateKey,
    as_jwk,
    ec_key,
    jwk,
    new_accounts,
    pem,
    register,
    rsa_key,
    traditional_pem,
)
from tests.lambdas.certificates import REGISTRATION, AuthorityFactory, Certificates
from tests.lambdas.gate import Gate, Response


def accounts(certificates: Certificates) -> set[str]:
    """Return the addresses of the accounts in the state."""
    files = certificates.files("accounts/").items()
    return {json.loads(text)["uri"] for path, text in files if path.endswith("/regr.json")}


@pytest.mark.parametrize(
    ("make", "write"),
    [(rsa_key, pem), (ec_key, pem), (rsa_key, jwk)],
)
def test_the_account_of_the_key_is_gone_on_with(
    certificates: Certificates,
    authority_gate: Gate,
    make: Callable[[], PrivateKey],
    write: Callable[[PrivateKey], str],
) -> None:
    key = make()
    account = register(authority_gate.url, key)
    authority_gate.open()
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(write(key))

    certificates.create()

    assert accounts(certificates) == {account}
    assert new_accounts(authority_gate.sent(REGISTRATION)) == []
    version = certificates.secret_version()
    authority_gate.open()
    certificates.renew()
    assert authority_gate.sent(REGISTRATION) == [], "an account that is known is not looked up"
    assert certificates.secret_version() == version


@pytest.mark.parametrize(
    ("make", "write"), [(rsa_key, traditional_pem), (ec_key, traditional_pem), (ec_key, jwk)]
)
def test_a_key_is_understood_in_other_forms_too(
    certificates: Certificates,
    make: Callable[[], PrivateKey],
    write: Callable[[PrivateKey], str],
) -> None:
    key = make()
    secret_arn = certificates.create_secret(write(key))
    assert account_key.read(certificates.secrets, secret_arn) == as_jwk(key)


def test_a_look_up_is_repeated_when_a_nonce_was_refused(
    certificates: Certificates, authority_gate: Gate
) -> None:
    key = ec_key()
    account = register(authority_gate.url, key)
    authority_gate.open()
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(pem(key))
    refusal = {"type": "urn:ietf:params:acme:error:badNonce", "detail": "not this one"}
    authority_gate.intercept = lambda request, forward: (
        Response.of_json(refusal, status=400)
        if request.path == REGISTRATION and len(authority_gate.sent(REGISTRATION)) <= 3
        else forward(request)
    )

    certificates.create()

    assert accounts(certificates) == {account}
    assert new_accounts(authority_gate.sent(REGISTRATION)) == []


def test_the_key_is_kept_and_needs_no_secret_later(
    certificates: Certificates, authority_gate: Gate
) -> None:
    key = ec_key()
    account = register(authority_gate.url, key)
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(pem(key))
    arn = certificates.create()
    authority_gate.open()
    del certificates.properties["AccountKeySecretArn"]
    certificates.properties["Domains"] = ["new.instandt.localhost"]

    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    assert accounts(certificates) == {account}
    assert authority_gate.sent(REGISTRATION) == []


def test_another_key_takes_the_place_of_the_account_and_leaves_the_certificate(
    certificates: Certificates, arn: str, authority_gate: Gate
) -> None:
    certificate = certificates.served(arn)
    key = rsa_key()
    account = register(authority_gate.url, key)
    authority_gate.open()
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(jwk(key))

    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    assert accounts(certificates) == {account}
    assert certificates.served(arn) == certificate
    assert new_accounts(authority_gate.sent(REGISTRATION)) == []
    certificates.properties["Domains"] = ["new.instandt.localhost"]
    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert accounts(certificates) == {account}


def test_another_authority_is_asked_for_the_account_too(
    certificates: Certificates, authority_gate: Gate, authority_factory: AuthorityFactory
) -> None:
    key = ec_key()
    first = register(authority_gate.url, key)
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(pem(key))
    arn = certificates.create()
    other = authority_factory()
    certificates.use(other)

    answer = certificates.request("Update", PhysicalResourceId=arn)
    assert "has no usable account for the account key" in answer["Reason"]
    assert accounts(certificates) == {first}

    second = register(other.directory_url, key)
    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert accounts(certificates) == {first, second}


def test_the_key_is_never_said(
    certificates: Certificates,
    authority_gate: Gate,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = rsa_key()
    register(authority_gate.url, key)
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(pem(key))
    started = []
    popen = subprocess.Popen

    def start(arguments: list[str], **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401
        started.append(f"{arguments} {options}")
        return popen(arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    caplog.set_level(logging.DEBUG)

    answer = certificates.request("Create")

    assert answer["Status"] == "SUCCESS"
    said = caplog.text + "".join(capfd.readouterr()) + json.dumps(answer) + " ".join(started)
    assert "certificate.registration" in said
    parts = [json.loads(jwk(key))[part] for part in "dpq"]
    for secret in (*parts, *re.findall(r"^[A-Za-z0-9+/=]{20,}$", pem(key), re.MULTILINE)):
        assert secret not in said
