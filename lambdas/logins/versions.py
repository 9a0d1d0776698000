"""The versions of the logins' secret, and the labels that tell them apart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from logins.errors import LoginsError
from logins.login import Login

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"

DEPLOYED = "DEPLOYED"
"""A label of our own: since this version became the current one, all services have been replaced. It outlives
the function, which may be killed between the two. Without it on the current version, tasks may still use the
other login."""


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The secret's versions in Secrets Manager."""

    arn: str
    connection_string: str
    """The form of the connection string in each version."""
    client: "SecretsManagerClient"

    @classmethod
    def of(cls, arn: str, *, connection_string: str) -> "Versions":
        """Return the versions of a secret, with a client of the function's own role."""
        return cls(
            arn=arn, connection_string=connection_string, client=boto3.client("secretsmanager")
        )

    def labelled(self) -> dict[str, str]:
        """Return the version's id for each label that is in use."""
        return labelled(self.client, self.arn)

    def read(self, version: str | None) -> Login | None:
        """Return the login in a version; None if there is none, or no value in it yet."""
        if version is None:
            return None
        try:
            found = self.client.get_secret_value(SecretId=self.arn, VersionId=version)
        except self.client.exceptions.ResourceNotFoundException:
            return None
        try:
            return Login.from_secret(found["SecretString"])
        except (KeyError, ValueError):
            raise LoginsError(
                f"Version {version} of the secret {self.arn} holds no login: somebody has written it. Move "
                f"the label {CURRENT} back to the version before, with aws secretsmanager "
                "update-secret-version-stage."
            ) from None

    def current(self) -> Login:
        """Return the login of today.

        Raises:
            LoginsError: There is none yet.
        """
        login = self.read(self.labelled().get(CURRENT))
        if login is None:
            raise LoginsError(f"The secret {self.arn} is empty: deploy the stack Services.")
        return login

    def put(self, login: Login, *, label: str, token: str | None = None) -> None:
        """Write a version; one that was written with the same token stays as it is."""
        given: dict[str, Any] = {"ClientRequestToken": token} if token else {}
        try:
            self.client.put_secret_value(
                SecretId=self.arn,
                SecretString=login.to_secret(self.connection_string),
                VersionStages=[label],
                **given,
            )
        except self.client.exceptions.ResourceExistsException:
            print(f"Version {token} has been written by another run")

    def move(self, label: str, *, to: str) -> None:
        """Move a label to a version, unless it is there."""
        holder = self.labelled().get(label)
        if holder == to:
            return
        given: dict[str, Any] = {"RemoveFromVersionId": holder} if holder else {}
        self.client.update_secret_version_stage(
            SecretId=self.arn, VersionStage=label, MoveToVersionId=to, **given
        )


def labelled(client: "SecretsManagerClient", secret: str) -> dict[str, str]:
    """Return the version's id for each label that is in use. `make rotate` asks this, too."""
    described = client.describe_secret(SecretId=secret)
    return {
        label: version
        for version, labels in described.get("VersionIdsToStages", {}).items()
        for label in labels
    }
