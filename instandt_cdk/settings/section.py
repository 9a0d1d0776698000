"""The base class of the settings' sections, rules for text values, and refusals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Self, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

REFUSED = "refused"
CONTRADICTORY = "contradictory"


@dataclass(frozen=True)
class Refusal:
    """Why a value cannot be used."""

    key: str
    """The key, relative to the section that refuses it; empty for the value itself."""
    value: object
    rule: str
    """What is wrong and what to do instead: "is …; choose …"."""


def refused(rule: str) -> PydanticCustomError:
    """Return the error for a field's validator to raise; the rule reads "is …; choose …"."""
    return PydanticCustomError(REFUSED, "{rule}", {"rule": rule})


class Section(BaseModel):
    """A table of the settings file. Unknown keys are errors, types are not converted, values are frozen."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield the broken rules between values: the key to change, and the rule ("is …; choose …")."""
        yield from ()

    @model_validator(mode="after")
    def _no_contradictions(self) -> Self:
        found = [
            Refusal(key, reduce(getattr, key.split("."), self), rule)
            for key, rule in self.contradictions()
        ]
        if found:
            raise PydanticCustomError(CONTRADICTORY, "{refusals}", {"refusals": found})
        return self


def subsection(field: FieldInfo) -> type[Section] | None:
    """Return the class of the table that a field holds, if any."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None


@dataclass(frozen=True)
class Text:
    r"""A rule for a text value. Its refusal names what is expected instead of the regular expression.

    In the expression, \d, \w and \s stand for ASCII only, because AWS takes no other digits and letters.
    """

    pattern: str
    expected: str
    example: str
    longest: int = 256

    def __get_pydantic_core_schema__(
        self,
        source: object,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str) -> str:
        if len(value) > self.longest:
            raise refused(
                f"has {len(value)} characters, but {self.expected} has at most {self.longest}; shorten it"
            )
        if not re.fullmatch(self.pattern, value, re.ASCII):
            raise refused(f'is not {self.expected}; write one such as "{self.example}"')
        return value


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The top level begins with a letter, by which a name differs from an IP address (RFC 1123, section 2.1).
DOMAIN = rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"

# RFC 1035, section 2.3.1, and RFC 1123, section 2.1. The first name of a certificate has at most 64
# characters (RFC 5280, ub-common-name).
DomainName = Annotated[
    str,
    Text(DOMAIN, "a domain name in lower case", "ndt.example.com", longest=64),
]

Region = Annotated[str, Text(r"[a-z]{2,4}(-[a-z]+)+-\d", "a region", "eu-central-1")]

# RFC 5321, section 4.5.3.1.3: a path has at most 256 characters, including its angle brackets.
EmailAddress = Annotated[
    str,
    Text(
        r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
        r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?",
        "an e-mail address",
        "operations@example.com",
        longest=254,
    ),
]

# Refuses blanks, which are easily copied along, and what a terminal does not show.
Word = Annotated[str, Text(r"[!-~]+", "a word without blanks, in ASCII", "deploy-token")]

# OCI Distribution Specification, "Pulling manifests".
ImageTag = Annotated[
    str,
    Text(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]*",
        "an image tag of letters, digits, _, . and -",
        "2.1.0",
        longest=128,
    ),
]
ImageName = Annotated[
    str,
    Text(
        r"[a-z0-9]+([._/-][a-z0-9]+)*",
        "an image's path of lower-case letters and digits, separated by /, ., _ or -",
        "group/project",
    ),
]
HttpPath = Annotated[str, Text(r"/[A-Za-z0-9._~/-]*", "a path", "/api/health")]
