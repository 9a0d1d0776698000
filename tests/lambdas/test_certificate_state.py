"""What is kept is used only if certbot can go on with it, and without asking anybody if it fits."""

import datetime as dt
import json
import re
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_pem_private_key,
)

from tests.lambdas.account_keys import ec_key, pem, public_jwk, rsa_key
from tests.lambdas.certificates import NAMES, Certificates
from tests.lambdas.gate import Gate

Damage = Callable[[str], str]

WORDS = "these are\nonly words\n"


def changed(part: str, text: str | Callable[[str], str]) -> Damage:
    """Return what changes the one file whose path has this part."""

    def damage(state: str) -> str:
        stored = json.loads(state)
        (path,) = (path for path in stored["files"] if part in path)
        stored["files"][path] = text(stored["files"][path]) if callable(text) else text
        return json.dumps(stored)

    return damage


def without(part: str) -> Damage:
    def damage(state: str) -> str:
        stored = json.loads(state)
        (path,) = (path for path in stored["files"] if part in path)
        del stored["files"][path]
        return json.dumps(stored)

    return damage


def with_file(path: str) -> Damage:
    def damage(state: str) -> str:
        stored = json.loads(state)
        return json.dumps({**stored, "files": {**stored["files"], path: WORDS}})

    return damage


DAMAGES: dict[str, tuple[Damage, str]] = {
    "emptied": (lambda _: "{}", "is empty"),
    "cut off": (lambda text: text[: len(text) // 2], "line 1 column"),
    "words": (lambda _: WORDS, "line 1 column"),
    "account incomplete": (without("meta.json"), "lacks meta.json"),
    "account key of words": (changed("private_key", WORDS), r"private_key\.json is not what"),
    "account key public": (
        changed("private_key", public_jwk(rsa_key())),
        r"private_key\.json is not",
    ),
    "account of words": (changed("regr", WORDS), r"regr\.json is not what certbot wrote"),
    "account of nobody": (changed("regr", "{}"), r"regr\.json is not what certbot wrote"),
    "account's data of words": (changed("meta", WORDS), r"meta\.json is not what certbot wrote"),
    "link dangling": (without("privkey"), r"privkey1\.pem, which is not there"),
    "certificate of words": (changed("/cert1", WORDS), "cannot be read"),
    "chain of words": (changed("/chain1", WORDS), "cannot be read"),
    "key of words": (changed("privkey1", WORDS), "cannot be read"),
    "key of another": (changed("privkey1", pem(ec_key())), "private key is not the certificate's"),
    "renewal missing": (without("renewal/"), "lacks renewal/instandt"),
    "renewal of words": (changed("renewal/", WORDS), "certbot cannot read renewal/instandt"),
    "renewal empty": (changed("renewal/", ""), "certbot cannot read renewal/instandt"),
    "renewal without server": (
        changed("renewal/", lambda text: text.replace("server =", "service =")),
        "certbot cannot read renewal/instandt",
    ),
    "renewal elsewhere": (
        changed("renewal/", lambda text: text.replace("/tmp/letsencrypt/live", "/live")),  # noqa: S108
        "certbot cannot read renewal/instandt",
    ),
    "two certificates": (with_file("renewal/other.conf"), r"renewal/other\.conf does not belong"),
    "a way out": (with_file("accounts/../../etc/passwd"), "does not belong"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_state_is_refused_and_the_version_to_restore_is_named(
    certificates: Certificates, arn: str, authority_gate: Gate, damage: Damage, said: str
) -> None:
    good = certificates.secret_version()
    bad = certificates.put_secret(damage(certificates.secret()))

    with certificates.unharmed(arn):
        answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["Status"] == "FAILED"
    assert re.search(said, answer["Reason"])
    assert "only words" not in answer["Reason"]
    assert authority_gate.requests == []
    command = (
        f"update-secret-version-stage --secret-id {certificates.properties['StateSecretArn']} "
        f"--version-stage AWSCURRENT --move-to-version-id {good} --remove-from-version-id {bad}"
    )
    assert command in answer["Reason"]


def test_the_version_that_the_message_names_is_good_to_go_on_with(
    certificates: Certificates, arn: str
) -> None:
    good = certificates.secret_version()
    bad = certificates.put_secret(WORDS)
    certificates.secrets.update_secret_version_stage(
        SecretId=certificates.properties["StateSecretArn"],
        VersionStage="AWSCURRENT",
        MoveToVersionId=good,
        RemoveFromVersionId=bad,
    )

    with certificates.unharmed(arn):
        assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"


def test_no_version_is_named_if_none_is_of_use(certificates: Certificates, arn: str) -> None:
    certificates.put_secret(WORDS)
    certificates.put_secret(WORDS)

    answer = certificates.request("Update", PhysicalResourceId=arn)

    assert "Put {} into it" in answer["Reason"]
    assert "update-secret-version-stage" not in answer["Reason"]


def test_what_is_kept_and_fits_needs_no_authority(
    certificates: Certificates, arn: str, authority_gate: Gate
) -> None:
    """So the rollback of an update succeeds while the authority is down."""
    with certificates.unharmed(arn):
        answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["Status"] == "SUCCESS"
    assert authority_gate.requests == []


def test_a_certificate_that_is_not_valid_yet_is_replaced(
    certificates: Certificates, arn: str, authority_gate: Gate
) -> None:
    def from_tomorrow(text: str) -> str:
        stored = json.loads(text)
        now = dt.datetime.now(dt.UTC)
        (key_text,) = (t for path, t in stored["files"].items() if "privkey" in path)
        key = load_pem_private_key(key_text.encode(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(x509.Name([]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=90))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES]), critical=True
            )
            .sign(key, SHA256())
        )
        return changed("/cert1", certificate.public_bytes(Encoding.PEM).decode())(text)

    certificates.put_secret(from_tomorrow(certificates.secret()))

    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    assert certificates.served(arn).not_valid_before_utc <= dt.datetime.now(dt.UTC)
    assert certificates.names(arn) == set(NAMES)
    authority_gate.open()
    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert authority_gate.requests == [], "it is replaced once"
