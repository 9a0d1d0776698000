"""Whatever a settings file or a command line says, it is taken or refused in sentences: no traceback."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from instandt_cdk import settings
from tests.support import ROOT
from tests.support.settings_files import GOOD

FILES = 10_000
COMMANDS = 2_000

ENVIRONMENTS = ROOT / "environments"
PRODUCTION = (ENVIRONMENTS / "prod.toml").read_text()
KEYS: list[str] = sorted({*GOOD, *re.findall(r"^#? *([a-z_]+) = ", PRODUCTION, re.MULTILINE)})
TABLES: list[str] = re.findall(r"^(?:# )?\[([a-z._]+)\]", PRODUCTION, re.MULTILINE)

CHARACTERS = (
    "az09_-./:@[]{}#=,'\"\\ \n\r\t\0\x1b\x7f"
    "\u0085\u00a0\u00e9\u0662\u202e\u2028\uff11\ufeff\U0001f600"
)
PIECES: list[str] = [
    *CHARACTERS,
    *(
        '"""',
        "'''",
        "0x",
        "1e999",
        "-inf",
        "nan",
        "true",
        "[[",
        "]]",
        "\\u202e",
        "\\U0010ffff",
        "\r\n",
    ),
    *(
        "1979-05-27T07:32:00Z",
        "25:61:61",
        "9" * 5000,
        "0b" + "1" * 20_000,
        "[" * 2000,
        "{a=" * 2000,
        "a." * 2000,
    ),
]
"""What is put into a file or an argument: ends of TOML's syntax, and characters that a terminal obeys."""


def _text(random: Random) -> str:
    return "".join(random.choices(PIECES[: len(CHARACTERS)], k=random.randrange(12)))


def _value(random: Random, depth: int = 0) -> str:
    """A value as TOML writes it."""
    match random.randrange(12 if depth < 3 else 6):
        case 0:
            return str(
                random.choice([0, 1, -1, 2**31, 2**63, 2**64, 10**30, random.randrange(10**6)])
            )
        case 1:
            return random.choice(
                ["0.5", "inf", "-nan", "1e400", "0xffffffffffffffffffff", "0o7", "1_0"]
            )
        case 2:
            return random.choice(
                ["true", "false", "1979-05-27", "07:32:00", "1979-05-27 07:32:00.9"]
            )
        case 3:
            return random.choice(
                [*GOOD.values(), '"10.0.0.0/16"', '"2001:db8::/32"', '"a@b.c"', '"x.y"']
            )
        case 4:
            return json.dumps(_text(random))
        case 5:
            return random.choice(PIECES if random.random() < 0.2 else ["''", '"x"', "[]"])
        case 6 | 7 | 8:
            return f"[{', '.join(_value(random, depth + 1) for _ in range(random.randrange(4)))}]"
        case _:
            pairs = (
                f"{_key(random)} = {_value(random, depth + 1)}" for _ in range(random.randrange(3))
            )
            return f"{{{', '.join(pairs)}}}"


def _key(random: Random) -> str:
    return random.choice(
        [
            random.choice(KEYS),
            f"{random.choice(TABLES)}.{random.choice(KEYS).rpartition('.')[2]}",
            json.dumps(_text(random)),
        ]
    )


def _changed_values(random: Random) -> bytes:
    """Production with some of its values changed, keys added, and lines taken away."""
    lines = []
    for line in PRODUCTION.splitlines():
        key, equals, _ = line.partition(" = ")
        chance = random.random()
        if equals and chance < 0.03:
            lines.append(f"{key.removeprefix('# ')} = {_value(random)}")
        elif chance < 0.995:
            lines.append(line)
        if chance > 0.99:
            lines.append(f"{_key(random)} = {_value(random)}")
    return "\n".join(lines).encode(errors="surrogatepass")


def _least(random: Random) -> bytes:
    """The least that an environment needs, some of it changed, and any keys beside it."""
    values = {key: value for key, value in GOOD.items() if random.random() > 0.02}
    for _ in range(random.randrange(4)):
        values[_key(random)] = _value(random)
    return "".join(f"{key} = {value}\n" for key, value in values.items()).encode()


def _damaged(random: Random) -> bytes:
    """Production with pieces put in and cut out anywhere."""
    text = PRODUCTION
    for _ in range(random.randrange(1, 5)):
        place = random.randrange(len(text))
        text = text[:place] + random.choice(["", *PIECES]) + text[place + random.randrange(20) :]
    return text.encode(errors="surrogatepass")


def _noise(random: Random) -> bytes:
    """Text of nothing but pieces, or bytes that are no text."""
    if random.random() < 0.5:
        return "".join(random.choices(PIECES, k=random.randrange(20))).encode(errors="replace")
    return random.randbytes(random.randrange(60))


def _is_told_plainly(message: str) -> bool:
    """Whether every line is a sentence with its place and the remedy, which a terminal shows as it is."""
    return all(
        line.isprintable() and re.fullmatch(r"(/\S+|-c \S+): .+; \S.+", line)
        for line in message.split("\n")
    )


@pytest.mark.parametrize("make", [_changed_values, _least, _damaged, _noise])
def test_any_file_is_taken_or_refused_in_sentences(
    tmp_path: Path, make: Callable[[Random], bytes]
) -> None:
    random = Random(make.__name__)  # noqa: S311 - the same files in every run
    file = tmp_path / "site.toml"
    refused = 0
    for _ in range(FILES // 4):
        content = make(random)
        file.write_bytes(content)
        try:
            settings.load(tmp_path, "site")
        except settings.SettingsError as error:
            refused += 1
            if not _is_told_plainly(str(error)):
                pytest.fail(f"{content!r}: {error}")
        except Exception as error:
            raise AssertionError(content) from error
    assert refused > FILES // 40


def _argument(random: Random) -> Any:  # noqa: ANN401 - what JSON holds
    return random.choice(
        [
            _text(random),
            "prod" + _text(random),
            random.choice(
                ["", " ", "prod", "dev", "Prod", "../prod", "\udcff", "x" * 5000, "--help", "-c"]
            ),
            random.choice([None, True, 7, 1.5, 10**5000, [], ["prod"], {}, {"a": {"b": []}}]),
        ]
    )


def test_any_choice_on_the_command_line_is_taken_or_refused_in_sentences() -> None:
    random = Random("context")  # noqa: S311 - the same in every run
    keys = [
        "env",
        "env",
        "app_version",
        "ENV",
        "environment",
        "app-version",
        "owner",
        "@aws-cdk/core:x",
    ]
    taken = 0
    for _ in range(COMMANDS):
        context = {
            random.choice([*keys, _text(random)]): _argument(random)
            for _ in range(random.randrange(3))
        }
        try:
            settings.load_chosen(ENVIRONMENTS, context)
            taken += 1
        except settings.SettingsError as error:
            if not _is_told_plainly(str(error)):
                pytest.fail(f"{context}: {error}")
    assert taken > COMMANDS // 20
