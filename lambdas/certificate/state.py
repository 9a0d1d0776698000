"""Keeps certbot's account and certificate in Secrets Manager between two runs.

The secret holds `{"files": {path: text}, "links": {path: target}}`, with paths relative to certbot's
configuration directory; at first it holds `{}`. To bring an account along, its three files
`accounts/SERVER/…/ID/*.json` are enough.
"""

import fcntl
import json
import os
import posixpath
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self

from certificate import lineage
from certificate.errors import CertificateError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

DIRECTORY = Path("/tmp/letsencrypt")  # noqa: S108 - Lambda's only writable directory
"""certbot's configuration directory. It is always the same, because certbot stores absolute paths."""

MAXIMUM_BYTES = 65_536
"""The most bytes of a secret's value ("AWS Secrets Manager quotas")."""

_ACCOUNT_FILES = {"private_key.json", "regr.json", "meta.json"}

_LINEAGE = {
    f"renewal/{lineage.NAME}.conf",
    *(f"live/{lineage.NAME}/{part}.pem" for part in ("cert", "chain", "fullchain", "privkey")),
}


@dataclass(frozen=True)
class State:
    """The part of the configuration directory that is kept."""

    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the secret's value.

        Raises:
            ValueError: It does not hold a configuration directory. The message says why.
        """
        document = json.loads(text)
        if not isinstance(document, dict) or not document.keys() <= {"files", "links"}:
            raise ValueError('it is not a JSON object with "files" and "links"')
        state = cls(**document)
        for mapping in (state.files, state.links):
            if not isinstance(mapping, dict) or not all(
                isinstance(value, str) for value in mapping.values()
            ):
                raise ValueError('"files" and "links" must be objects whose values are strings')
        for path in (*state.files, *state.links):
            if posixpath.normpath(path).startswith(("/", "..")):
                raise ValueError(f"the path {path} is outside the directory")
        for link, target in state.links.items():
            if (
                posixpath.normpath(posixpath.join(posixpath.dirname(link), target))
                not in state.files
            ):
                raise ValueError(f"the link {link} points to {target}, which is not there")
        accounts = {str(PurePosixPath(p).parent) for p in state.files if p.startswith("accounts/")}
        for account in accounts:
            missing = {n for n in _ACCOUNT_FILES if f"{account}/{n}" not in state.files}
            if missing:  # certbot would silently register a new account
                raise ValueError(f"{account} lacks {', '.join(sorted(missing))}")
        missing = _LINEAGE - {*state.files, *state.links}
        if missing not in (set(), _LINEAGE):
            raise ValueError(f"the certificate lacks {', '.join(sorted(missing))}")
        return state

    @classmethod
    def capture(cls, directory: Path) -> Self:
        """Read the accounts and the current version of the certificate from the directory."""
        live = sorted((directory / "live" / lineage.NAME).glob("*.pem"))
        links = {link: os.readlink(link) for link in live}  # noqa: PTH115 - the text, not a Path
        paths = [
            *_account_files(directory),
            *(directory / "renewal").glob(f"{lineage.NAME}.conf"),
            *(Path(os.path.normpath(link.parent / target)) for link, target in links.items()),
        ]
        return cls(
            files=_texts(directory, paths),
            links={str(link.relative_to(directory)): target for link, target in links.items()},
        )

    def restore(self, directory: Path) -> None:
        """Write the state into an empty directory."""
        for path, text in self.files.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.touch(mode=0o600)
            target.write_text(text)
        for path, link_target in self.links.items():
            link = directory / path
            link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            link.symlink_to(link_target)

    def equals(self, other: "State") -> bool:
        """Whether account and certificate are the same.

        Files in `renewal/` are ignored: certbot writes there when it may next ask for renewal
        information, even if nothing else changed. With two runs a day this does not need to be kept.
        """
        return self.links == other.links and _without_renewal(self) == _without_renewal(other)


def _account_files(directory: Path) -> list[Path]:
    """Return the files of all complete accounts."""
    accounts = [key.parent for key in (directory / "accounts").rglob("private_key.json")]
    return [
        account / name
        for account in accounts
        if all((account / file).exists() for file in _ACCOUNT_FILES)
        for name in sorted(_ACCOUNT_FILES)
    ]


def _texts(directory: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in sorted(paths)}


def _without_renewal(state: State) -> dict[str, str]:
    return {path: text for path, text in state.files.items() if not path.startswith("renewal/")}


def load(secrets: "SecretsManagerClient", secret_arn: str) -> State:
    """Read the state from its secret.

    Raises:
        CertificateError: The secret holds something else, or was emptied.
    """
    text = secrets.get_secret_value(SecretId=secret_arn).get("SecretString", "")
    try:
        state = State.parse(text)
    except ValueError as error:
        # The messages of the JSON decoder quote only positions, no content of the secret.
        raise CertificateError(
            f"The secret {secret_arn} does not hold certbot's state: {error}. It was not changed. "
            "Restore its previous version (stage AWSPREVIOUS), or put {} into it, which makes "
            "certbot register a new account and issue a new certificate."
        ) from None
    if not state.files and _was_filled(secrets, secret_arn):
        raise CertificateError(
            f"The secret {secret_arn} is empty, but its previous version (stage AWSPREVIOUS) holds "
            "certbot's account and certificate. Restore that version, or put {} into the secret "
            "once more, which makes certbot register a new account and issue a new certificate."
        )
    return state


def _was_filled(secrets: "SecretsManagerClient", secret_arn: str) -> bool:
    try:
        previous = secrets.get_secret_value(SecretId=secret_arn, VersionStage="AWSPREVIOUS")
        return bool(State.parse(previous.get("SecretString", "")).files)
    except (secrets.exceptions.ResourceNotFoundException, ValueError):
        return False


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


@contextmanager
def configuration_directory(*, deadline: float) -> Iterator[Path]:
    """Make certbot's configuration directory, empty, and remove it after use; one run at a time.

    In AWS no other run uses it. On one machine the functions of several environments share /tmp.

    Args:
        deadline: When to stop waiting for another run, in seconds of the monotonic clock.

    Raises:
        CertificateError: Another run did not end in time.
    """
    with DIRECTORY.with_suffix(".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CertificateError(
                        f"Another run of certbot is using {DIRECTORY}. Try again when it has ended."
                    ) from None
                time.sleep(0.2)
        shutil.rmtree(DIRECTORY, ignore_errors=True)
        DIRECTORY.mkdir(mode=0o700)
        try:
            yield DIRECTORY
        finally:
            shutil.rmtree(DIRECTORY)
