"""Generates the operator's manual, docs/settings.md, from the models."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from instandt_cdk.settings.environment import Settings
from instandt_cdk.settings.section import Section, Text, subsection

FILE = Path(__file__).parents[2] / "docs" / "settings.md"

_INTRODUCTION = """\
# Settings

<!-- Generated from instandt_cdk/settings by `python -m instandt_cdk.settings`; edit it there. -->

Each environment has one file, `environments/NAME.toml`, chosen with `-c env=NAME`. To begin, copy
[environments/prod.toml](../environments/prod.toml). Keys that you leave out have the defaults below, which
are safe for production. Settings that would fail in AWS are refused before anything is deployed.
"""


def manual() -> str:
    """Return the manual, as Markdown."""
    return "\n".join([_INTRODUCTION, *_section(Settings, ())])


def _section(model: type[Section], path: tuple[str, ...]) -> Iterator[str]:
    """Return a table of the model's keys, then a chapter for each of its sections."""
    yield f"## {f'[{chr(46).join(path)}]' if path else 'At the top of the file'}\n"
    yield f"{' '.join((model.__doc__ or '').split())}\n"
    yield "| key | type | default | |"
    yield "|---|---|---|---|"
    fields = {key: field for key, field in model.model_fields.items() if key != "environment"}
    for key, field in fields.items():
        if not subsection(field):
            default = "required" if field.is_required() else f"`{_as_written(field.default)}`"
            yield f"| `{key}` | {_type(field)} | {default} | {_text(model, key)} |"
    yield ""
    for key, field in fields.items():
        if below := subsection(field):
            yield from _section(below, (*path, key))


def _text(model: type[Section], key: str) -> str:
    """Return a field's docstring, its own or an inherited one.

    Raises:
        LookupError: It has none.
    """
    for base in model.__mro__:
        field = base.model_fields.get(key) if issubclass(base, BaseModel) else None
        if field and field.description:
            return " ".join(field.description.split()).replace("|", "\\|")
    raise LookupError(f"{model.__name__}.{key} has no docstring; write one below the field")


def _as_written(value: object) -> str:
    return "none" if value is None else json.dumps(value)


def _type(field: FieldInfo) -> str:
    return _words(field.annotation, field.metadata)


def _words(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:  # noqa: ANN401 - any type
    """Return a type in words for the operator."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0], arguments[1:])
    if origin is Literal:
        return "one of " + ", ".join(f"`{_as_written(choice)}`" for choice in arguments)
    if origin is tuple:
        return f"list: {_words(arguments[0])}"
    if type(None) in arguments:
        return _words(arguments[0], metadata)
    rules = [rule.expected for rule in metadata if isinstance(rule, Text)]
    if annotation is int:
        least = next((rule.ge for rule in metadata if hasattr(rule, "ge")), None)
        most = next((rule.le for rule in metadata if hasattr(rule, "le")), None)
        return f"whole number, {least} {'or more' if most is None else f'to {most}'}"
    return rules[0] if rules else {bool: "true or false", str: "text"}[annotation]
