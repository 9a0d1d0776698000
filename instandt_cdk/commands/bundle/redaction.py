"""Takes every secret out of a text: by its value, in every form in which it may occur, and by known forms."""

import base64
import contextlib
import html
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from botocore.exceptions import BotoCoreError, ClientError

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.smoke.api import TOKEN
from instandt_cdk.names import STACKS
from logins.versions import labelled
from migration.redaction import HIDDEN, presentable

SHORTEST = 6
"""Shorter values are no secrets; they would hide ordinary words."""
SHORTEST_BASE64 = 8

NO_SECRETS = {
    *("username", "engine", "host", "port", "dbname", "dbInstanceIdentifier", "database"),
    *("masterarn", "creation_host", "creation_dt", "uri", "kty", "e", "crv", "alg"),
}
"""Keys of secrets in JSON whose values are none."""

VARIABLES = ("GITLAB_TOKEN", TOKEN, "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""The environment variables that hold secrets."""

_PEM = re.compile(r"-----BEGIN[^-]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE")
_PASSWORD = re.compile(r"password=([^;]+)", re.IGNORECASE)
_MAIL = re.compile(r"\b[\w.+-]+@(?=[\w-]+(?:\.[\w-]+)+\b)")


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """What is taken out."""

    values: frozenset[str]
    unread: tuple[str, ...]
    """The secrets whose values are not known here, with the reason."""

    def __post_init__(self) -> None:
        """Compile the values once."""
        forms = {form for value in self.values for form in forms_of(value)}
        longest_first = sorted(forms, key=len, reverse=True)
        pattern = "|".join(map(re.escape, longest_first)) or r"(?!)"
        object.__setattr__(self, "_pattern", re.compile(pattern))

    def clean(self, text: str) -> str:
        """Return the text without secrets, and without the names of people in mail addresses."""
        pattern: re.Pattern[str] = object.__getattribute__(self, "_pattern")
        return _MAIL.sub(f"{HIDDEN}@", presentable(pattern.sub(HIDDEN, text)))

    @property
    def told(self) -> str:
        """What the reader has to know of it."""
        told = (
            f"The values of {len(self.values)} secrets were taken out in every form, and whatever looks like "
            "one; so were people's names in mail addresses."
        )
        if self.unread:
            told += f" Not read, and so taken out by their form only: {'; '.join(self.unread)}."
        return told


def of_environment(environment: Deployed) -> Redaction:
    """Read the environment's secrets, as far as these credentials may."""
    values, unread = set[str](), list[str]()
    for variable in VARIABLES:
        values |= {os.environ.get(variable, "")}
    with contextlib.suppress(BotoCoreError):
        if credentials := environment.credentials():
            values |= {credentials.secret_key or "", credentials.token or ""}
    client = environment.client("secretsmanager")
    try:
        names = list(_secrets(environment))
    except (BotoCoreError, ClientError) as error:
        names = []
        unread.append(f"all ({_code(error)})")
    for name in names:
        try:
            for text in _values(client, name):
                values |= set(confidential(text))
        except (BotoCoreError, ClientError) as error:
            if _code(error) != "ResourceNotFoundException":
                unread.append(f"{name} ({_code(error)})")
    long_enough = (value for value in values if len(value) >= SHORTEST)
    return Redaction(values=frozenset(long_enough), unread=tuple(unread))


def _values(client: Any, secret: str) -> Iterator[str]:  # noqa: ANN401 - of any region
    """The values of a secret that may be used: not the current one only, but also the former and the next."""
    for version in {*labelled(client, secret).values()}:
        # A version that a rotation has begun may have no value yet.
        with contextlib.suppress(client.exceptions.ResourceNotFoundException):
            found = client.get_secret_value(SecretId=secret, VersionId=version)
            # Somebody may have put bytes into a secret of his own.
            yield found.get("SecretString", "")


def _secrets(environment: Deployed) -> Iterator[str]:
    """The names or ARNs of all secrets of the environment, and of those that its settings name."""
    settings = environment.settings
    yield settings.names.acme_state
    if acme := settings.acme:
        binding = acme.external_account_binding
        yield from filter(
            None, (acme.account_key_secret_arn, binding and binding.hmac_key_secret_arn)
        )
    if login := settings.names.registry_login(settings.registry.source):
        yield login
    for stack in STACKS:
        if environment.region_of(stack) != settings.aws.region:
            continue
        with contextlib.suppress(CommandError):
            yield from environment.resources(stack, "AWS::SecretsManager::Secret").values()
    with contextlib.suppress(CommandError):
        database = environment.resource("Storage", "AWS::RDS::DBInstance")
        described = environment.client("rds").describe_db_instances(DBInstanceIdentifier=database)
        if master := described["DBInstances"][0].get("MasterUserSecret"):
            yield master["SecretArn"]


def confidential(text: str) -> Iterator[str]:
    """Return what of a secret is confidential: all, or its parts in JSON, PEM or a connection string."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict | list):
        yield from _leaves(document)
    elif keys := _PEM.findall(text):
        yield from (line for key in keys for line in key.split())
    elif passwords := _PASSWORD.findall(text):
        yield from passwords
    elif not _CERTIFICATE.search(text):
        yield text.strip()


def _leaves(document: object) -> Iterator[str]:
    match document:
        case dict():
            if "files" in document and isinstance(document["files"], dict):
                # certbot's directory: of its files only keys are confidential.
                keys = (text for name, text in document["files"].items() if "key" in name)
                yield from (part for text in keys for part in confidential(str(text)))
                return
            for key, value in document.items():
                if key not in NO_SECRETS:
                    yield from _leaves(value)
        case list():
            for value in document:
                yield from _leaves(value)
        case str():
            yield from confidential(document)


def forms_of(value: str) -> Iterable[str]:
    """Return the forms in which a value may occur in files."""
    escaped = json.dumps(value)[1:-1]
    yield from (
        value,
        escaped,
        json.dumps(escaped)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    )
    yield from (quote(value, safe=""), quote(value), quote_plus(value), html.escape(value))
    encoded = value.encode()
    yield from (encoded.hex(), encoded.hex().upper())
    for before in range(3):
        # Of a longer text in base64 that contains the value: what does not depend on its neighbours.
        whole = base64.b64encode(bytes(before) + encoded + bytes(2)).decode()
        core = whole[-(-before * 8 // 6) : (before + len(encoded)) * 8 // 6]
        if len(core) >= SHORTEST_BASE64:
            yield from (core, core.replace("+", "-").replace("/", "_"))


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Code", "unknown"))
    return type(error).__name__
