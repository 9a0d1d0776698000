"""What the function does, each part of which may be repeated or broken off at any point."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import boto3

from custom_resource import Context
from logins import database, roles
from logins.database import Instance
from logins.deadline import Deadline
from logins.errors import LoginsError
from logins.login import Login, new_password
from logins.protocol import LOGINS, Configuration
from logins.services import Services
from logins.versions import CURRENT, DEPLOYED, PENDING, PREVIOUS, Versions


@dataclass(frozen=True, kw_only=True)
class Work:
    """One call of the function."""

    given: Configuration
    versions: Versions
    services: Services
    deadline: Deadline

    @classmethod
    def of(cls, context: Context) -> Self:
        """Prepare for a call."""
        given = Configuration.read(os.environ)
        deadline = Deadline.of(context)
        return cls(
            given=given,
            versions=Versions.of(given.secret_arn, connection_string=given.connection_string),
            services=Services(
                cluster=given.cluster,
                secrets=frozenset({given.secret_arn}),
                client=boto3.client("ecs"),
                is_time_up=lambda: deadline.is_near,
            ),
            deadline=deadline,
        )

    def look_after_logins(self) -> None:
        """Make owner and logins, and give the logins the passwords in the secret.

        This is the first thing that happens to a database, and what repairs one that was restored.
        """
        instance = Instance.find(self.given.instance)
        with database.as_master(
            instance, database=self.given.database, deadline=self.deadline
        ) as connection:
            roles.ensure(connection, database=self.given.database)
            roles.ensure_reader(connection, self.given.reader)
            labelled = self.versions.labelled()
            current = self.versions.read(labelled.get(CURRENT))
            wanted = self._at(instance, current) if current else self._first(instance)
            previous = self.versions.read(labelled.get(PREVIOUS))
            # A rotation that is under way may have given that login its next password already.
            rotates = labelled.get(PENDING) not in (None, labelled.get(CURRENT))
            if previous and not rotates and previous.username != wanted.username:
                roles.set_password(connection, previous)
            roles.set_password(connection, wanted)
            # Still under the lock: another first run has a password of its own in mind.
            if wanted != current:
                self.versions.put(wanted, label=CURRENT)
        print(f"{wanted.username} can log in to {wanted.database} at {wanted.host}")
        self._deploy()

    def rotate(self, event: Mapping[str, Any]) -> None:
        """Do one of Secrets Manager's four steps.

        Source: "Rotation by Lambda function", AWS Secrets Manager User Guide.

        Raises:
            LoginsError: It cannot be done, or not yet. Secrets Manager repeats the rotation later.
        """
        step, token = event["Step"], event["ClientRequestToken"]
        labelled = self.versions.labelled()
        if token not in (labelled.get(PENDING), labelled.get(CURRENT)):
            raise LoginsError(f"Version {token} of the secret is no version that is being rotated.")
        if step == "finishSecret":
            self._finish(token)
        elif labelled.get(CURRENT) == token:
            print(f"{step}: this version is the current one already")
        elif step == "createSecret":
            self._create(token)
        elif step == "setSecret":
            self._set(token)
        elif step == "testSecret":
            self._test(token)
        else:
            raise LoginsError(f"Secrets Manager has no step {step}.")

    def _create(self, token: str) -> None:
        """Write the idle login with a new password, unless a run before has done so."""
        if self.versions.read(token) is None:
            current = self._at(Instance.find(self.given.instance), self.versions.current())
            idle = replace(current, username=current.other, password=new_password())
            self.versions.put(idle, label=PENDING, token=token)
        print("createSecret: there is a new password")

    def _set(self, token: str) -> None:
        """Give the idle login its new password, when nobody uses it any more."""
        pending, current = self._pending(token), self.versions.current()
        if pending.username == current.username:
            raise LoginsError(
                f"Version {token} of the secret is for {pending.username}, which is in use: somebody has "
                f"moved labels. Remove {PENDING} from it with aws secretsmanager "
                "update-secret-version-stage, and rotate again."
            )
        self._deploy()
        self.services.await_end_of_former_tasks()
        instance = Instance.find(self.given.instance)
        with database.as_master(
            instance, database=self.given.database, deadline=self.deadline
        ) as connection:
            roles.ensure(connection, database=self.given.database)
            roles.set_password(connection, pending)
        print(f"setSecret: {pending.username} has the new password")

    def _test(self, token: str) -> None:
        """Log in as the new login. Without one, Secrets Manager tries whether it can call this function.

        Source: "RotateSecret", RotateImmediately, AWS Secrets Manager API Reference.
        """
        login = self.versions.read(token) or self.versions.current()
        connection = database.connect(login)
        try:
            if not roles.acts_as_owner(connection):
                raise LoginsError(f"{login.username} logs in, but does not act as the owner.")
        finally:
            connection.close()
        print(f"testSecret: {login.username} logs in and acts as the owner")

    def _finish(self, token: str) -> None:
        """Make the new version the current one, then replace what uses the former."""
        self.versions.move(CURRENT, to=token)
        print("finishSecret: tasks that start now use the new login")
        self._deploy()
        print(
            "finishSecret: all tasks use the new login; the former one works until the next rotation"
        )

    def _deploy(self) -> None:
        """Have all services use the current version, if they may not do so yet."""
        labelled = self.versions.labelled()
        if labelled.get(DEPLOYED) != labelled[CURRENT]:
            self.services.replace()
            self.versions.move(DEPLOYED, to=labelled[CURRENT])

    def _pending(self, token: str) -> Login:
        login = self.versions.read(token)
        if login is None:
            raise LoginsError(
                f"Version {token} of the secret has no value: createSecret comes first."
            )
        return login

    def _at(self, instance: Instance, login: Login) -> Login:
        return replace(login, host=instance.host, port=instance.port, database=self.given.database)

    def _first(self, instance: Instance) -> Login:
        return Login(
            host=instance.host,
            port=instance.port,
            database=self.given.database,
            username=LOGINS[0],
            password=new_password(),
        )
