"""A database, a cluster and a secret for the function of the database's logins, which runs with its role."""

import re
import secrets
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
import pg8000.exceptions  # type: ignore[import-untyped]
import pg8000.native  # type: ignore[import-untyped]
import pytest

from instandt_cdk.contract.instandt import CONNECTION_STRING, READER
from logins import database, handler, roles
from logins.login import Login
from logins.protocol import Configuration
from logins.versions import CURRENT, DEPLOYED, PENDING, Versions
from tests.lambdas.logins_templates import CLUSTER, INSTANCE
from tests.support.choices import synthesis_of
from tests.support.emulated import ACCOUNT, REGION, Cloud
from tests.support.roles import Role, statements

CHANGES = (
    "secrets-manager.PutSecretValue",
    "secrets-manager.UpdateSecretVersionStage",
    "ecs.UpdateService",
)
"""The calls that change something."""

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class Context:
    """What Lambda tells the function."""

    def __init__(self, seconds: float = 60) -> None:
        self._milliseconds = round(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


class KilledError(BaseException):
    """The function was killed; nothing in it can catch that."""


@dataclass(frozen=True, kw_only=True)
class Logins:
    """The function with a secret of its own, and the permissions that it has in production."""

    cloud: Cloud
    secret: str
    session: boto3.Session

    @property
    def versions(self) -> Versions:
        """The secret's versions, as the administrator sees them."""
        return Versions(
            arn=self.secret,
            connection_string=CONNECTION_STRING,
            client=self.cloud.client("secretsmanager"),
        )

    def call(self, event: dict[str, Any], *, seconds: float = 60) -> None:
        """Call the function."""
        handler.handle(event, Context(seconds))

    def look_after(self) -> None:
        """Have the logins looked after, as a restore does."""
        self.call({"RequestType": "Repair"})

    def begin(self) -> str:
        """Begin a rotation as Secrets Manager does: a version without a value, which the emulator takes."""
        client, token = self.cloud.client("secretsmanager"), str(uuid.uuid4())
        if former := self.versions.labelled().get(PENDING):
            client.update_secret_version_stage(
                SecretId=self.secret, VersionStage=PENDING, RemoveFromVersionId=former
            )
        client.put_secret_value(
            SecretId=self.secret, ClientRequestToken=token, VersionStages=[PENDING]
        )
        return token

    def step(self, name: str, token: str, *, seconds: float = 60) -> None:
        """Do one step of a rotation."""
        event = {"Step": name, "SecretId": self.secret, "ClientRequestToken": token}
        self.call(event, seconds=seconds)

    def rotate(self, token: str) -> None:
        """Do all steps."""
        for step in STEPS:
            self.step(step, token)

    def current(self) -> Login:
        """Return the login of today."""
        return self.versions.current()

    def is_deployed(self) -> bool:
        """Whether the services use it."""
        labelled = self.versions.labelled()
        return labelled.get(DEPLOYED) == labelled[CURRENT]

    def works(self, login: Login) -> bool:
        """Whether one can log in so."""
        try:
            database.connect(login).close()
        except pg8000.exceptions.DatabaseError:
            return False
        return True

    @contextmanager
    def killed_after(self, changes: int) -> Iterator[None]:
        """Have the function killed when it has made so many changes in AWS and the database."""
        made = 0

        def count(**_: object) -> None:
            nonlocal made
            made += 1
            if made == changes:
                raise KilledError

        def set_and_count(*arguments: Any) -> None:  # noqa: ANN401 - of the function
            set_password(*arguments)
            count()

        events: Any = self.session.events
        names = [f"after-call.{operation}" for operation in CHANGES]
        for name in names:
            events.register(name, count, unique_id=name)
        set_password = roles.set_password
        try:
            with patch.object(roles, "set_password", set_and_count):
                yield
        finally:
            for name in names:
                events.unregister(name, unique_id=name)


def lead_to_database(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the function find and trust the database, as it does in its network."""
    log = (cloud.directory / f"postgresql-{INSTANCE}.log").read_text()
    port = int(re.findall(r'listening on IPv4 address "127\.0\.0\.1", port (\d+)', log)[-1])
    original = socket.getaddrinfo

    def find(host: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - of the library
        if isinstance(host, str) and host.startswith(f"{INSTANCE}."):
            return original("127.0.0.1", port, *more[1:], **named)
        return original(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", find)
    monkeypatch.setenv("SSL_CERT_FILE", str(cloud.options.ca_bundle))


def prepared(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Logins:
    """Return the function with a new secret, in this process."""
    client = cloud.client("secretsmanager")
    arn = client.create_secret(Name=f"logins-{secrets.token_hex(4)}", SecretString="{}")["ARN"]
    (empty,) = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    client.update_secret_version_stage(
        SecretId=arn, VersionStage=CURRENT, RemoveFromVersionId=empty
    )
    administrator = boto3.Session(
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",  # noqa: S106 - no signature of it is checked
        region_name=REGION,
    )
    endpoint = f"http://127.0.0.1:{cloud.port}"
    role = Role(administrator, f"logins-{secrets.token_hex(4)}", endpoint_url=endpoint)
    granted = statements(
        synthesis_of("prod"),
        "DatabaseLoginsFunctionRole",
        references={
            "DatabaseLogin": arn,
            ":db:": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{INSTANCE}",
        },
        texts={"222222222222": ACCOUNT},
    )
    role.allow(granted)
    configuration = Configuration(
        secret_arn=arn,
        instance=INSTANCE,
        database="instandt",
        cluster=CLUSTER,
        reader=READER,
        connection_string=CONNECTION_STRING,
    )
    for name, value in configuration.to_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", role.session)
    lead_to_database(cloud, monkeypatch)
    return Logins(cloud=cloud, secret=arn, session=role.session)
