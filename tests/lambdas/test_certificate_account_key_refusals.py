"""A key that leads to no account is refused: no account appears, and nothing of the key is said."""

import json
import logging
import re
from collections.abc import Callable

import pytest
from acme.messages import NewRegistration
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

from tests.lambdas.account_keys import (
    PrivateKey,
    client_of,
    ec_key,
    jwk,
    new_accounts,
    pem,
    public_jwk,
    public_pem,
    rsa_key,
)
from tests.lambdas.certificates import REGISTRATION, Certificates
from tests.lambdas.gate import Gate, Response


@pytest.mark.parametrize("make", [rsa_key, ec_key])
def test_a_key_without_an_account_is_refused_and_none_is_registered(
    certificates: Certificates, arn: str, authority_gate: Gate, make: Callable[[], PrivateKey]
) -> None:
    key = make()
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(pem(key))

    with certificates.unharmed(arn):
        answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["Status"] == "FAILED"
    assert "has no usable account for the account key" in answer["Reason"]
    assert "Put the private key of an account at this authority" in answer["Reason"]
    assert new_accounts(authority_gate.sent(REGISTRATION)) == []
    with pytest.raises(Exception, match="accountDoesNotExist"):
        client_of(authority_gate.url, key).new_account(NewRegistration(only_return_existing=True))


def test_an_account_that_was_deactivated_is_explained(
    certificates: Certificates, authority_gate: Gate
) -> None:
    refusal = {"type": "urn:ietf:params:acme:error:unauthorized", "detail": "deactivated"}
    authority_gate.intercept = lambda request, forward: (
        Response.of_json(refusal, status=403) if request.path == REGISTRATION else forward(request)
    )
    certificates.properties["AccountKeySecretArn"] = certificates.create_secret(pem(ec_key()))

    answer = certificates.request("Create")

    assert answer["Status"] == "FAILED"
    assert "deactivated" in answer["Reason"]
    assert "Put the private key of an account at this authority" in answer["Reason"]


BROKEN: dict[str, Callable[[PrivateKey], str]] = {
    "nothing": lambda _: " \n",
    "prose": lambda _: "the key is in the safe",
    "cut off": lambda key: pem(key)[:-80],
    "with a password": lambda key: pem(key, encryption=BestAvailableEncryption(b"secret")),
    "public": public_pem,
    "public JWK": public_jwk,
    "JWK cut off": lambda key: jwk(key)[:-20],
    "JWK of no key": lambda _: '{"kty": "oct", "k": "c2VjcmV0", "d": "c2VjcmV0"}',
    "of another kind": lambda _: pem(ed25519.Ed25519PrivateKey.generate()),
    "of another curve": lambda _: pem(ec.generate_private_key(ec.SECP256K1())),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_key_is_refused_without_a_word_of_it(
    certificates: Certificates,
    authority_gate: Gate,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    broken: Callable[[PrivateKey], str],
) -> None:
    text = broken(ec_key())
    secret_arn = certificates.create_secret(text)
    certificates.properties["AccountKeySecretArn"] = secret_arn
    caplog.set_level(logging.DEBUG, "certificate")

    answer = certificates.request("Create")

    assert answer["Status"] == "FAILED"
    assert f"The secret {secret_arn} does not hold" in answer["Reason"]
    assert "Put the key itself into it" in answer["Reason"]
    assert authority_gate.requests == []
    assert certificates.secret() == "{}"
    said = caplog.text + "".join(capfd.readouterr()) + json.dumps(answer)
    for word in re.findall(r"[A-Za-z0-9+/=_-]{8,}", text):
        assert word in ("PRIVATE", "ENCRYPTED") or word not in said


def test_a_secret_that_is_missing_is_named(certificates: Certificates) -> None:
    secret_arn = certificates.properties["StateSecretArn"] + "x"
    certificates.properties["AccountKeySecretArn"] = secret_arn

    answer = certificates.request("Create")

    assert answer["Status"] == "FAILED"
    assert f"The secret {secret_arn} with the ACME account's key cannot be read" in answer["Reason"]
    assert "Correct acme.account_key_secret_arn" in answer["Reason"]
