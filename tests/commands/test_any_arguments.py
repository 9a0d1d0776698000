"""Whatever arguments the doctor and the embedded AWS get, they do it or say why not: no traceback."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from random import Random

import pytest

from instandt_cdk.doctor import __main__ as doctor
from local import __main__ as local

COMMANDS = 500
WORDS = [
    *(
        "prod",
        "dev",
        "nowhere",
        "",
        " ",
        "--",
        "-h",
        "-x",
        "--env",
        "../prod",
        "pr\x1b[2Jod",
        "\udcff",
        "x" * 5000,
    ),
    *(
        "up",
        "down",
        "status",
        "--version",
        "--version=",
        "--version=1.0",
        "1.0 ",
        "2.0",
        "--token",
        "--token=t",
    ),
]


def _doctor(arguments: list[str]) -> object:
    return doctor.main(arguments)


def _local(arguments: list[str]) -> object:
    sys.argv = ["local", *arguments]
    return local.main()


@pytest.fixture(autouse=True)
def _nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only how arguments are read is asked here."""

    def nothing(*_: object, **__: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(sys, "argv", sys.argv)
    for name in (
        "instandt_cdk.doctor.report.examine",
        "local.environment.Environment.enter",
        "signal.signal",
    ):
        monkeypatch.setattr(name, nothing)
    for command in ("up", "down", "status"):
        monkeypatch.setattr(local, command, lambda *_, **__: True)


@pytest.mark.parametrize("main", [_doctor, _local])
def test_any_arguments_are_taken_or_refused(main: Callable[[list[str]], object]) -> None:
    random = Random(main.__name__)  # noqa: S311 - the same in every run
    taken = 0
    for _ in range(COMMANDS):
        arguments = random.choices(WORDS, k=random.randrange(4))
        said = io.StringIO()
        with redirect_stderr(said), redirect_stdout(said):
            try:
                code = main(arguments)
            except SystemExit as refusal:
                code = refusal.code
        taken += code == 0
        assert code == 0 or said.getvalue() or isinstance(code, str), arguments
    assert taken


@pytest.mark.parametrize("arguments", [["up", "--version", ""], ["up", "--version=1 0"]])
def test_a_version_that_is_none_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _local(arguments) == 1
    assert "local.toml: app_version = " in capsys.readouterr().err
