"""The part of certbot's configuration directory that is kept between two runs.

It is kept as `{"files": {path: text}, "links": {path: target}}`, with paths relative to that directory; at
first it is `{}`. To bring an account along, its three files `accounts/SERVER/…/ID/*.json` are enough.
"""

import json
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Self

from certificate import lineage

EMAIL = "email.txt"
"""The file beside an account's with the e-mail address that the authority knows."""

NEW_ACCOUNT_KEY = "new-account-key.json"
"""The file with the key (JWK) of an account that is about to be registered."""

STORED_DIRECTORY = "/tmp/letsencrypt"  # noqa: S108 - a name; no file is made there
"""What stands for the configuration directory in certbot's files, which have absolute paths."""

_ACCOUNT_FILES = {"private_key.json", "regr.json", "meta.json"}

_LINEAGE = {
    lineage.RENEWAL,
    *(f"live/{lineage.NAME}/{part}.pem" for part in ("cert", "chain", "fullchain", "privkey")),
}
_PLACES = ("accounts/", f"archive/{lineage.NAME}/", *_LINEAGE, NEW_ACCOUNT_KEY)


@dataclass(frozen=True)
class State:
    """The files and links that are kept."""

    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the stored form.

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
        for problem in state._problems():
            raise ValueError(problem)
        return state

    def _problems(self) -> Iterator[str]:
        for path in (*self.files, *self.links):
            if posixpath.normpath(path) != path or not path.startswith(_PLACES):
                yield f"the path {path} does not belong to an account or to the certificate"
        for link, target in self.links.items():
            if (
                posixpath.normpath(posixpath.join(posixpath.dirname(link), target))
                not in self.files
            ):
                yield f"the link {link} points to {target}, which is not there"
        accounts = {str(PurePosixPath(p).parent) for p in self.files if p.startswith("accounts/")}
        for account in sorted(accounts):
            missing = {n for n in _ACCOUNT_FILES if f"{account}/{n}" not in self.files}
            if missing:  # certbot would silently register a new account
                yield f"{account} lacks {', '.join(sorted(missing))}"
        missing = _LINEAGE - {*self.files, *self.links}
        if missing not in (set(), _LINEAGE):
            yield f"the certificate lacks {', '.join(sorted(missing))}"

    @classmethod
    def capture(cls, directory: Path) -> Self:
        """Read the accounts and the current version of the certificate from the directory."""
        live = sorted((directory / "live" / lineage.NAME).glob("*.pem"))
        links = {link: os.readlink(link) for link in live}  # noqa: PTH115 - the text, not a Path
        paths = [
            *_account_files(directory),
            *directory.glob(NEW_ACCOUNT_KEY),
            *directory.glob(lineage.RENEWAL),
            *(Path(os.path.normpath(link.parent / target)) for link, target in links.items()),
        ]
        return cls(
            files={
                str(path.relative_to(directory)): path.read_text().replace(
                    str(directory), STORED_DIRECTORY
                )
                for path in sorted(paths)
            },
            links={str(link.relative_to(directory)): target for link, target in links.items()},
        )

    def restore(self, directory: Path) -> None:
        """Write the state into an empty directory."""
        for path, text in self.files.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.touch(mode=0o600)
            target.write_text(text.replace(STORED_DIRECTORY, str(directory)))
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


def _account_files(directory: Path) -> Iterable[Path]:
    """Return the files of all complete accounts."""
    for key in (directory / "accounts").rglob("private_key.json"):
        if all((key.parent / name).exists() for name in _ACCOUNT_FILES):
            yield from (
                path for path in key.parent.iterdir() if path.name in {*_ACCOUNT_FILES, EMAIL}
            )


def _without_renewal(state: State) -> dict[str, str]:
    return {path: text for path, text in state.files.items() if not path.startswith("renewal/")}
