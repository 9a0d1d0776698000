"""No secret is in a bundle, in whatever form somebody has let it slip, and what cannot be read is said."""

import base64
import html
import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from instandt_cdk.commands import bundle as command
from instandt_cdk.commands.bundle import rules
from instandt_cdk.commands.bundle.evidence import Evidence
from instandt_cdk.commands.bundle.redaction import Redaction, confidential
from tests.bundle.environment import Bundle, Faulty, services
from tests.support.answers import Ask, change, refuse
from tests.support.emulated import Cloud

PASSWORD = 'sl1p<&"%Passw0rd+/='  # noqa: S105 - of nobody
TOKEN = "an-unusual-token-of-gitlab"  # noqa: S105 - of nobody
JWT_KEY = "0123abcdJWTkeyXYZ"
NEW_JWT_KEY = "another-key-for-JWT"
LONG = "".join(map(str, range(40)))
"""A secret that is longer than what the command cuts off at once."""
KEY_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
PEM = f"-----BEGIN PRIVATE KEY-----\n{KEY_LINE}\n-----END PRIVATE KEY-----\n"
JWK = {"kty": "RSA", "e": "AQAB", "d": "the-private-exponent"}
SECRETS = {
    "credentials": json.dumps({"username": "instandt", "password": PASSWORD, "port": 5432}),
    "connection": f"Server=h;Database=i;Port=5432;Userid=instandt;Password={PASSWORD.split(chr(34))[0]}zz",
    "token": json.dumps({"username": "local", "accessToken": TOKEN}),
    "jwt": JWT_KEY,
    "state": json.dumps(
        {"files": {"accounts/private_key.json": json.dumps(JWK), "live/privkey.pem": PEM, "x": "y"}}
    ),
}
CONFIDENTIAL = (PASSWORD, TOKEN, JWT_KEY, KEY_LINE, JWK["d"])


def slips(value: str) -> list[str]:
    """Lines that somebody's program might print, none of which names what it prints."""
    document = json.dumps({"v": value})
    return [
        f"got {value}.",
        f"GET /?v={quote(value, safe='')}",
        f"header {base64.b64encode(f'instandt:{value}'.encode()).decode()}",
        f"header {base64.b64encode(f'x:{value}!'.encode()).decode()}",
        f"header {base64.urlsafe_b64encode(value.encode()).decode()}",
        f"event {document}",
        f"cause {json.dumps({'Cause': document})}",
        f"page {html.escape(value)}",
        f"dump {value.encode().hex()}",
    ]


def test_the_values_of_all_secrets_are_nowhere_in_any_form(cloud: Cloud, bundle: Bundle) -> None:
    faulty = Faulty(cloud, "slippery")
    template = services("slippery")
    template["Resources"] |= {
        name.capitalize(): {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"SecretString": value},
        }
        for name, value in SECRETS.items()
    }
    cloud.apply(faulty.stack("services"), template)
    said = [line for value in CONFIDENTIAL for line in slips(value)]
    faulty.log(*said, "Userid=instandt, written by jane.doe@example.com")
    faulty.fail(f"the check got {PASSWORD}")
    files = bundle("slippery")
    text = "\n".join(files.values())
    forms = {form for value in CONFIDENTIAL for form in slips(value)}
    assert [form for form in forms if form in text] == []
    assert [value for value in (*CONFIDENTIAL, "hidden-operators-key") if value in text] == []
    assert "jane.doe" not in text
    assert "***@example.com" in files["logs.txt"]
    assert "Userid=instandt" in files["logs.txt"]
    assert files["logs.txt"].count("***") >= len(said)
    assert "were taken out in every form" in files["summary.md"]


def test_the_former_and_the_next_value_of_a_secret_are_nowhere(
    cloud: Cloud, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty, client = Faulty(cloud, "rotated"), cloud.client("secretsmanager")
    key = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": JWT_KEY}}
    template = services("rotated")
    template["Resources"]["JwtKey"] = key
    template["Outputs"]["Key"] = {"Value": {"Ref": "JwtKey"}}
    cloud.apply(faulty.stack("services"), template)
    secret = cloud.outputs(faulty.stack("services"))["Key"]
    client.put_secret_value(SecretId=secret, SecretString=NEW_JWT_KEY)
    client.put_secret_value(SecretId=secret, SecretString=LONG, VersionStages=["AWSPENDING"])
    begun = client.put_secret_value(SecretId=secret, SecretString="-", VersionStages=["BEGUN"])

    def without_value(operation: str, given: dict[str, Any], ask: Ask) -> object:
        if given.get("VersionId") == begun["VersionId"]:
            refuse(operation, "ResourceNotFoundException")
        return ask()

    change(monkeypatch, without_value)
    faulty.log(f"got {JWT_KEY}", f"got {NEW_JWT_KEY}", f"got {LONG}", "got nothing")
    written = bundle("rotated")["logs.txt"]
    assert [line[-7:] for line in written.splitlines() if "got" in line] == [
        *(["got ***"] * 3),
        "nothing",
    ]


@pytest.mark.parametrize(
    "setting",
    [
        "acme.account_key_secret_arn = {arn}",
        'acme.external_account_binding = {{ key_id = "k", hmac_key_secret_arn = {arn} }}',
    ],
)
def test_secrets_that_the_settings_name_are_taken_out(
    cloud: Cloud, bundle: Bundle, setting: str
) -> None:
    name = f"named-{len(setting)}"
    client = cloud.client("secretsmanager")
    arn = client.create_secret(Name=name, SecretBinary=b"of somebody else")["ARN"]
    client.put_secret_value(SecretId=arn, SecretString=LONG)
    cloud.apply(f"instandt-{name}-services", services(name))
    Faulty(cloud, name).log(f"got {LONG}")
    files = bundle(name, setting.format(arn=json.dumps(arn)))
    assert "got ***" in files["logs.txt"]
    assert "Not read" not in files["summary.md"]


def test_half_a_secret_is_no_more_shown_than_all_of_it(cloud: Cloud, bundle: Bundle) -> None:
    """The summary cuts long words off in its sentence and below it."""
    faulty, template = Faulty(cloud, "long"), services("long")
    template["Resources"]["Secret"] = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"SecretString": LONG},
    }
    cloud.apply(faulty.stack("services"), template)
    faulty.fail("x" * (rules.LONGEST - 40) + LONG + "x" * (command.LONGEST - 470) + LONG)
    summary = bundle("long")["summary.md"]
    assert summary.startswith("A deployment failed: Check: xxx")
    assert LONG[:10] not in summary


def test_only_what_is_confidential_is_hidden() -> None:
    found = {part for value in SECRETS.values() for part in confidential(value)}
    assert found == {*CONFIDENTIAL, f"{PASSWORD.split(chr(34))[0]}zz"}


def test_secrets_that_may_not_be_read_are_said(
    bundle: Bundle, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = Faulty(cloud, "closed")
    template = services("closed")
    template["Resources"]["Secret"] = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"SecretString": JWT_KEY},
    }
    cloud.apply(faulty.stack("services"), template)
    faulty.log(f"password={JWT_KEY}", "glpat-f4Gh7kLm2Np9Qr5St8V")

    def refused(operation: str, _given: object, ask: Ask) -> object:
        if operation == "GetSecretValue":
            refuse(operation, "AccessDeniedException")
        return ask()

    change(monkeypatch, refused)
    files = bundle("closed")
    assert "taken out by their form only" in files["summary.md"]
    assert "AccessDeniedException" in files["summary.md"]
    assert JWT_KEY not in "".join(files.values())
    assert "glpat-" not in "".join(files.values())


def test_what_fails_or_hangs_is_noted_and_stops_nothing() -> None:
    def fails() -> Evidence:
        raise PermissionError("not authorized to perform: logs:GetLogEvents")

    def hangs() -> Evidence:
        time.sleep(30)
        return Evidence("too late")

    started = time.monotonic()
    found, gaps = command.collect({"a": lambda: Evidence("a"), "b": fails, "c": hangs}, seconds=1)
    assert time.monotonic() - started < 10
    assert found == {"a": Evidence("a")}
    assert gaps == {
        "b": "PermissionError: not authorized to perform: logs:GetLogEvents",
        "c": "not finished within 1 s",
    }


def test_ordinary_words_are_not_hidden() -> None:
    redaction = Redaction(values=frozenset({"confidential-value"}), unread=())
    text = "health check of instandt-prod-services failed with 404 on sha256:0123"
    assert redaction.clean(text) == text
