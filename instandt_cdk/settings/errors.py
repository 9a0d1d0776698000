"""The messages about refused settings, one line each: `FILE: KEY = VALUE: rule; remedy`."""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from instandt_cdk.settings.section import CONTRADICTORY, REFUSED, Refusal, Section, subsection

LONGEST_VALUE = 80

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")
"""A key that TOML wants no quotes around."""

_CREDENTIALS_IN_URL = re.compile(r'//[^/@"]*@')

_TYPE_RULES: Mapping[str, str] = {
    "int_type": "is not a whole number; write digits, without quotes and without a point",
    "string_type": "is not text; write it in quotes",
    "bool_type": "is neither true nor false; write one of the two, without quotes",
    "tuple_type": 'is not a list; write its items in brackets, such as ["a", "b"]',
    "model_type": "is not a table; write its name in brackets, and its keys on the lines below",
    "greater_than_equal": "is less than {ge}, the smallest possible value; choose {ge} or more",
    "less_than_equal": "is more than {le}, the largest possible value; choose {le} or less",
    "too_long": "has {actual_length} items, but at most {max_length} are possible; remove some",
}
"""Our wording of pydantic's errors, by their type."""


class SettingsError(Exception):
    """The settings cannot be used. The message has one line per problem, with its place and remedy."""


def refusals(error: ValidationError, model: type[Section]) -> Iterator[Refusal]:
    """Return everything that is wrong with the settings, worded for the operator."""
    for problem in error.errors():
        key = ".".join(_key_as_written(part) for part in problem["loc"] if isinstance(part, str))
        context = problem.get("ctx", {})
        if problem["type"] == CONTRADICTORY:
            for found in context["refusals"]:
                yield Refusal(f"{key}.{found.key}".lstrip("."), found.value, found.rule)
        else:
            yield Refusal(key, problem["input"], _rule(problem, model))


def sentence(file: object, refusal: Refusal) -> str:
    """Return a refusal as one line. Tables and missing keys have no value to show."""
    value = "" if isinstance(refusal.value, dict | None) else f" = {as_written(refusal.value)}"
    return f"{file}: {refusal.key}{value}: {refusal.rule}"


def _rule(problem: ErrorDetails, model: type[Section]) -> str:
    context = problem.get("ctx", {})
    path = [part for part in problem["loc"] if isinstance(part, str)]
    match problem["type"]:
        case kind if kind == REFUSED:
            return str(context["rule"])
        case "missing":
            return _missing(path, model)
        case "extra_forbidden":
            return _unknown(path, model)
        case "literal_error":
            return _none_of(problem["input"], context["expected"])
        case kind:
            # No field uses other rules of pydantic yet; this is the fallback if one does.
            rule = _TYPE_RULES.get(kind, "cannot be used; see docs/settings.md for what can")
            return rule.format_map(context)


def _missing(path: list[str], model: type[Section]) -> str:
    *above, key = path
    field = _section(above, model).model_fields[key]
    if section := subsection(field):
        required = [name for name, field in section.model_fields.items() if field.is_required()]
        keys = f"with {', '.join(required)}" if required else "as docs/settings.md explains it"
        return f"is missing; add the table [{'.'.join(path)}] {keys}"
    # The first sentence of the field's docstring.
    manual = " ".join((field.description or "").split())
    return f"is missing; add it: {manual.partition('. ')[0].rstrip('.')}"


def _unknown(path: list[str], model: type[Section]) -> str:
    *above, key = path
    section = _section(above, model)
    here = f"in [{'.'.join(above)}]" if above else "at the top"
    if close := get_close_matches(key, section.model_fields, n=1):
        return f"is not a setting {here}; did you mean {close[0]}?"
    for name, field in model.model_fields.items():
        other = subsection(field)
        if other and key in other.model_fields:
            return f"is not a setting {here}; move it to [{name}]"
    return f"is not a setting {here}; remove it, or choose one of {', '.join(section.model_fields)}"


def _none_of(value: object, expected: str) -> str:
    choices = expected.replace("'", '"').replace(" or ", ", ")
    words = [choice.strip('"') for choice in choices.split(", ")]
    close = get_close_matches(value.lower(), words, n=1) if isinstance(value, str) else []
    hint = f'did you mean "{close[0]}"?' if close else "choose one of them"
    return f"is none of {choices}; {hint}"


def _section(path: list[str], model: type[Section]) -> type[Section]:
    for key in path:
        model = subsection(model.model_fields[key]) or model
    return model


def as_written(value: object) -> str:
    """Return a value as written in the settings file, shortened if it is long.

    All of it is ASCII: so it shows what only looks like ASCII, and no terminal obeys it. A URL's user and
    password are left out.
    """
    try:
        text = json.dumps(value, default=str)
    except (RecursionError, ValueError):
        return "…"  # nested too deep, or a number of more digits than Python writes
    text = _CREDENTIALS_IN_URL.sub("//…@", text)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _key_as_written(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else as_written(key)
