"""What is found in the account and on this machine, and which of it is a sign of something wrong."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Any


class Source(StrEnum):
    """Who says that something is wrong."""

    CREDENTIALS = auto()
    STACK = auto()
    MIGRATION = auto()
    TASK = auto()
    SERVICE = auto()
    LOG = auto()
    DATABASE = auto()
    CERTIFICATE = auto()
    VERSION = auto()
    SITE = auto()
    DOCTOR = auto()
    ALARM = auto()


@dataclass(frozen=True)
class Sign:
    """Words that tell of something wrong now, as AWS, a check or a container said them."""

    source: Source
    words: str


@dataclass(frozen=True)
class Evidence:
    """A file of the bundle, and the signs in it."""

    text: str
    signs: tuple[Sign, ...] = ()

    def in_other_words(self, change: Callable[[str], str]) -> "Evidence":
        """Return the same file, with signs whose words are changed."""
        return replace(
            self, signs=tuple(replace(sign, words=change(sign.words)) for sign in self.signs)
        )


def written(found: object, signs: Iterable[Sign] = ()) -> Evidence:
    """Return what AWS answered as a file, in JSON."""
    text = json.dumps(found, indent=1, default=str, ensure_ascii=False)
    return Evidence(f"{text}\n", tuple(signs))


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of AWS without what is about the call only."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
