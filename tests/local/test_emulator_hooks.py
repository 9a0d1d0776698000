"""The adapter names what it cannot adapt, instead of doing without."""

import sys
from types import ModuleType

import pytest

from local.emulator import hooks


def test_another_ministack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "SUPPORTED_VERSION", "0.0.1")
    with pytest.raises(hooks.HookError, match=r"is installed, but local/emulator adapts 0\.0\.1"):
        hooks.require_version()


def test_a_private_name_that_is_gone_is_named() -> None:
    with pytest.raises(hooks.HookError, match=r"some_service\._gone is gone"):
        hooks.around(ModuleType("some_service"), "_gone")


def test_a_function_is_replaced_under_every_name_that_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer() -> str:
        return "original"

    home, importer = ModuleType("ministack.home"), ModuleType("ministack.importer")
    vars(home).update(answer=answer, TABLE={"Type": {"create": answer}})
    vars(importer).update(borrowed=answer)
    for module in (home, importer):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    hooks.around(home, "answer")(lambda original: f"adapted {original()}")
    assert home.answer() == importer.borrowed() == home.TABLE["Type"]["create"]()
    assert home.answer() == "adapted original"
