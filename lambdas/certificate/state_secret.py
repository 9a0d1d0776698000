"""Keeps certbot's state in AWS Secrets Manager, and refuses a state that certbot cannot go on with.

certbot itself would answer a damaged state with a new account, or with a new certificate at every run.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from certificate import accounts
from certificate.errors import CertificateError
from certificate.lineage import Kept
from certificate.state import State

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAXIMUM_BYTES = 65_536
"""The most bytes of a secret's value ("AWS Secrets Manager quotas")."""

_START_AGAIN = "which makes certbot register a new account and issue a new certificate"


def load(secrets: "SecretsManagerClient", secret_arn: str, directory: Path) -> State:
    """Read the state and write it into an empty directory.

    Raises:
        CertificateError: The secret holds something else, or was emptied. The message says which version to
            restore.
    """
    current = secrets.get_secret_value(SecretId=secret_arn)
    try:
        state = _restored(current.get("SecretString", ""), directory)
    except ValueError as error:
        # The messages of the JSON decoder quote only positions, no content of the secret.
        raise CertificateError(
            f"The secret {secret_arn} does not hold certbot's state: {error}. It was not changed. "
            + _remedy(secrets, secret_arn, damaged=current["VersionId"])
        ) from None
    if not state.files and _previous_version(secrets, secret_arn):
        raise CertificateError(
            f"The secret {secret_arn} is empty, but its previous version (stage AWSPREVIOUS) holds "
            "certbot's account and certificate. "
            + _remedy(secrets, secret_arn, damaged=current["VersionId"])
        )
    return state


def _restored(text: str, directory: Path) -> State:
    state = State.parse(text)
    state.restore(directory)
    accounts.check(directory)
    Kept.read(directory)
    return state


def _remedy(secrets: "SecretsManagerClient", secret_arn: str, *, damaged: str) -> str:
    previous = _previous_version(secrets, secret_arn)
    if previous is None:
        return f"Its previous version is of no use either. Put {{}} into it, {_START_AGAIN}."
    return (
        f"Restore its previous version (stage AWSPREVIOUS): aws secretsmanager update-secret-version-stage "
        f"--secret-id {secret_arn} --version-stage AWSCURRENT --move-to-version-id {previous} "
        f"--remove-from-version-id {damaged}. Or put {{}} into it, {_START_AGAIN}."
    )


def _previous_version(secrets: "SecretsManagerClient", secret_arn: str) -> str | None:
    """Return the id of the previous version if it holds an account; otherwise None."""
    try:
        previous = secrets.get_secret_value(SecretId=secret_arn, VersionStage="AWSPREVIOUS")
        with TemporaryDirectory() as directory:
            state = _restored(previous.get("SecretString", ""), Path(directory))
    except (secrets.exceptions.ResourceNotFoundException, ValueError):
        return None
    return previous["VersionId"] if state.files else None


def save(secrets: "SecretsManagerClient", secret_arn: str, state: State) -> None:
    """Write the state to its secret.

    Raises:
        CertificateError: The state is too large for a secret.
    """
    text = json.dumps({"files": state.files, "links": state.links})
    if len(text.encode()) > MAXIMUM_BYTES:
        raise CertificateError(
            f"certbot's state has {len(text.encode())} bytes, but the secret {secret_arn} can hold "
            f"at most {MAXIMUM_BYTES}. Remove the accounts of authorities that are no longer used."
        )
    secrets.put_secret_value(SecretId=secret_arn, SecretString=text)
