"""Bad settings are refused before anything is touched, in a sentence: file, key, value, rule, remedy."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from instandt_cdk import settings
from tests.settings.bad_choices import BAD_CHOICES
from tests.settings.bad_inputs import BAD_INPUTS
from tests.support import ROOT
from tests.support.settings_files import write

ENVIRONMENTS = ROOT / "environments"

ALL = [*BAD_INPUTS, *BAD_CHOICES]

JARGON = re.compile(r"pydantic|valid(ation|ator)|[Ii]nput |str_type|Literal|regex|None|Traceback")


def _refusal(directory: Path, *changes: str, name: str = "site") -> str:
    write(directory, *changes, name=name)
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(directory, name)
    return str(raised.value)


def test_the_table_is_long_and_without_repetition() -> None:
    assert len({str(changes) for changes, _ in BAD_INPUTS}) == len(BAD_INPUTS) >= 100


@pytest.mark.parametrize(("changes", "refusal"), ALL, ids=lambda value: str(value)[:60])
def test_a_bad_setting_is_refused(tmp_path: Path, changes: Sequence[str], refusal: str) -> None:
    lines = _refusal(tmp_path, *changes).splitlines()
    file = tmp_path / "site.toml"
    assert [line for line in lines if line.startswith(f"{file}: {refusal}")], lines
    for line in lines:
        assert re.fullmatch(rf"{re.escape(str(file))}: \S+( = .+)?: .+; \S.+", line)
        assert line.replace("…", "").isascii()
        assert line.isprintable()
        assert not JARGON.search(line.removeprefix(str(file)))


def test_several_mistakes_are_reported_together(tmp_path: Path) -> None:
    message = _refusal(
        tmp_path,
        'aws.account = "1"',
        'network.nat = "none"',
        "network.interface_endpoints = false",
        'site.domain = "a.example.org"',
        'site.cookie_domain = "b.example.org"',
        "databse.multi_az = false",
        "- app_version",
    )
    keys = [line.split(": ")[1].split(" = ")[0] for line in message.splitlines()]
    assert sorted(keys) == [
        "app_version",
        "aws.account",
        "databse",
        "network.interface_endpoints",
        "site.cookie_domain",
        "site.domain",
    ]


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("Prod", 'environment = "Prod": is not a name of lower-case letters'),
        ("a--b", 'environment = "a--b": is not a name of lower-case letters'),
        ("2nd", 'environment = "2nd": is not a name'),
        # ECR's prefix "instandt-NAME" may have 30 characters.
        ("x" * 22, f'environment = "{"x" * 22}": has 22 characters, but a name of'),
        ("", 'environment = "": is not a name'),
        ("../environments/prod", 'environment = "../environments/prod": is not a name'),
        ("pr\0d", r'environment = "pr\u0000d": is not a name'),
        ("prod\n", r'environment = "prod\n": is not a name'),
        ("pr\udcffd", 'environment = "pr\\udcffd": is not a name of lower-case'),
        (7, "environment = 7: is not text; write it in quotes"),
        (["prod"], 'environment = ["prod"]: is not text'),
        ({"name": "prod"}, "environment: is not text"),
    ],
)
def test_what_is_no_environments_name_is_refused(name: object, refusal: str) -> None:
    with pytest.raises(settings.SettingsError) as raised:
        settings.load_chosen(ENVIRONMENTS, {"env": name})
    assert str(raised.value).startswith(f"{ENVIRONMENTS}: {refusal}")


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("ENV", '-c "ENV": chooses no environment; write -c env=NAME instead'),
        ("environment", '-c "environment": chooses no environment'),
        (
            "app-version",
            '-c "app-version": chooses no version; write -c app_version=VERSION instead',
        ),
        ("appVersion", '-c "appVersion": chooses no version'),
    ],
)
def test_a_misspelled_choice_is_refused_and_not_ignored(key: str, refusal: str) -> None:
    # Otherwise `cdk destroy --all -c environment=prod` would destroy dev.
    with pytest.raises(settings.SettingsError) as raised:
        settings.load_chosen(ENVIRONMENTS, {key: "prod"})
    assert str(raised.value).startswith(refusal)


def test_who_chooses_nothing_gets_dev() -> None:
    assert settings.load_chosen(ENVIRONMENTS, {"owner": "me"}).environment == "dev"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "is empty; copy prod.toml"),
        (b"# nothing yet\n\n", "is empty; copy prod.toml"),
        (
            b"app_version = \n",
            "not valid TOML: Invalid value (at line 1, column 15); correct it there",
        ),
        (
            b'[aws]\naccount = "1"\n[aws]\n',
            "not valid TOML: Cannot declare ('aws',) twice (at line 3",
        ),
        (b'[aws]\naccount = "1\n', "not valid TOML: Illegal character '\\n' (at line 2"),
        (b"cidr = 10.0.0.0/16\n", "not valid TOML: Expected newline"),
        (
            b"port = " + b"9" * 5000,
            "has a number with more digits than can be read; write a smaller",
        ),
        (
            b"zones = " + b"[" * 5000 + b"]" * 5000,
            "has lists or tables too deep in each other; take",
        ),
        (b'app_version = "\xe9"\n', "not valid TOML: byte 15 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_file_that_says_nothing_is_named(tmp_path: Path, content: bytes, refusal: str) -> None:
    file = tmp_path / "site.toml"
    file.write_bytes(content)
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(tmp_path, "site")
    assert str(raised.value).startswith(f"{file}: {refusal}")
    assert str(raised.value).isprintable()
    assert len(str(raised.value).splitlines()) == 1


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.toml").mkdir()
    with pytest.raises(
        settings.SettingsError, match=r"site\.toml: cannot be read: Is a directory;"
    ):
        settings.load(tmp_path, "site")


def test_an_unknown_environment_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        settings.SettingsError, match="the environments are: dev, local, prod"
    ) as no:
        settings.load(ENVIRONMENTS, "prdo")
    assert str(no.value).endswith("(did you mean prod?)")


def test_the_application_ends_with_the_sentences_and_no_traceback() -> None:
    context = '{"env": "prod", "app_version": "a b"}'
    app = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={"CDK_CONTEXT_JSON": context, "PATH": f"{ROOT / '.venv/bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert app.returncode == 1
    assert app.stdout == ""
    assert re.fullmatch(
        r'\S+/environments/prod\.toml: app_version = "a b": is not an image tag .+; write one such as '
        r'"2\.1\.0"\n',
        app.stderr,
    )


def test_a_container_that_fits_nowhere_is_one_mistake(tmp_path: Path) -> None:
    message = _refusal(tmp_path, "backend.cpu = 4096", "backend.maximum_count = 10")
    assert len(message.splitlines()) == 1
