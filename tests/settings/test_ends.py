"""Both ends of every range are accepted and make templates; one beyond is refused in a sentence.

The ranges come from the models, so a new setting is tested without anybody thinking of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from annotated_types import Ge, Le, MaxLen

from instandt_cdk import settings
from instandt_cdk.settings.section import Section, Text, subsection
from tests.support.settings_files import write
from tests.support.synthesis import synthesize_settings

# "Understand CloudFormation quotas": the size of a template in an S3 object.
LARGEST_TEMPLATE = 1024 * 1024

LONG = 10_000
"""More characters than the longest text has."""

ROOMY = (
    'cluster.instance_type = "r7g.4xlarge"',
    "cluster.maximum_instances = 5000",
    'network.zones = ["a", "b", "c"]',
)
"""So that the ends of numbers of copies, processors and memory fit at once."""

ITEMS = {
    "edge.countries": "DE",
    "edge.allowed_addresses": "2a00:1db8:ffff:ffff:ffff:ffff:ffff:ffff/128",
    "edge.blocked_addresses": "2a00:1db8:ffff:ffff:ffff:ffff:ffff:fffe/128",
}
"""The longest item of each list that has a length."""


@dataclass(frozen=True)
class End:
    """A value at the end of a range, or one beyond it, as a line of a settings file."""

    key: str
    value: str
    refusal: str = ""

    @property
    def line(self) -> str:
        return f"{self.key} = {self.value}"


def _fields(model: type[Section] = settings.Settings, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if below := subsection(field):
            yield from _fields(below, f"{path}{name}.")
        elif name != "environment":
            yield f"{path}{name}", field


def _rules(annotation: Any, metadata: Sequence[Any]) -> Iterator[Any]:  # noqa: ANN401 - any type
    """All rules of a field, or of the items of its list."""
    yield from metadata
    for inner in get_args(annotation):
        yield from _rules(inner, getattr(inner, "__metadata__", ()))


def _ends() -> Iterator[End]:
    """Everything at an end, and one beyond it, which is refused."""
    for key, field in _fields():
        for rule in _rules(field.annotation, field.metadata):
            match rule:
                case Ge(ge=int(least)):
                    yield End(key, f"{least}")
                    yield End(
                        key, f"{least - 1}", f"is less than {least}, the smallest possible value"
                    )
                case Le(le=int(most)):
                    yield End(key, f"{most}")
                    yield End(
                        key, f"{most + 1}", f"is more than {most}, the largest possible value"
                    )
                case MaxLen(max_length=most):
                    yield End(key, json.dumps([ITEMS[key]] * most))
                    refusal = f"has {most + 1} items, but at most {most} are possible"
                    yield End(key, json.dumps([ITEMS[key]] * (most + 1)), refusal)
                case Text():
                    item = "[{}]" if get_origin(field.annotation) is tuple else "{}"
                    for text in _longest(rule):
                        yield End(key, item.format(json.dumps(text)))
                    refusal = f"has {rule.longest + 1} characters, but {rule.expected} has at most"
                    yield End(key, item.format(json.dumps("x" * (rule.longest + 1))), refusal)


def _longest(rule: Text) -> Iterator[str]:
    """A text as long as the rule allows, if it allows different lengths: one character repeated."""
    example = rule.example
    for place, character in enumerate(example):
        text = example[:place] + character * (rule.longest - len(example)) + example[place:]
        if re.fullmatch(rule.pattern, text, re.ASCII):
            yield text
            return


ENDS = list(_ends())


def _refusals(directory: Path, ends: Iterable[End]) -> str:
    """What is wrong with the good settings and these; empty if they are accepted."""
    write(directory, *ROOMY, *(end.line for end in ends))
    try:
        settings.load(directory, "site")
    except settings.SettingsError as error:
        return str(error)
    return ""


def _batches(directory: Path) -> Iterator[list[End]]:
    """All ends that are accepted, as many at once as fit together."""
    left = [end for end in ENDS if not end.refusal]
    while left:
        batch: dict[str, End] = {}
        # The lower ends first: few instances are enough only for few copies. Twice, because what does not fit
        # yet may fit when others are in. Long lists take long to read and come last.
        lower = list({end.key: end for end in reversed(left)}.values())
        for end in sorted([*lower, *lower, *left], key=lambda end: len(end.value) > LONG):
            if end.key not in batch and not _refusals(directory, [*batch.values(), end]):
                batch[end.key] = end
        if not batch:
            break
        yield list(batch.values())
        left = [end for end in left if end not in batch.values()]
    assert [end.line for end in left if end.value.isdecimal()] == []


def test_every_number_has_two_ends() -> None:
    numbers = [
        key for key, field in _fields() if int in (field.annotation, *get_args(field.annotation))
    ]
    ends = Counter(end.key for end in ENDS if not end.refusal)
    assert [key for key in numbers if ends[key] != 2 and "log_retention" not in key] == []


@pytest.mark.parametrize("end", [end for end in ENDS if end.refusal], ids=lambda end: end.line[:60])
def test_one_beyond_is_refused(tmp_path: Path, end: End) -> None:
    lines = _refusals(tmp_path, [end]).splitlines()
    (line,) = [line for line in lines if line.startswith(f"{tmp_path / 'site.toml'}: {end.key} = ")]
    assert re.search(rf": {re.escape(end.refusal)}[^;]*; \S", line)


def test_both_ends_make_templates(tmp_path: Path) -> None:
    for batch in _batches(tmp_path):
        assert _refusals(tmp_path, batch) == ""
        synthesis = synthesize_settings(settings.load(tmp_path, "site"))
        for stack in synthesis.templates:
            size = (synthesis.directory / f"{stack}.template.json").stat().st_size
            assert size < LARGEST_TEMPLATE, stack
