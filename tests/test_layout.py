"""The house keeps its order: imports lead downwards only, and nothing grows beyond a screen or two."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support import ROOT

# From the ground up: each may import what stands before it. Who stands last is imported by nobody.
ROOMS = (
    "names",
    "settings.limits",
    "settings",
    "contract",
    "compliance",
    "operations",
    "shared",
    "changes",
    "durations",
    "cost",
    "diagram",
    "network",
    "egress",
    "cluster",
    "secrets",
    "replica",
    "storage",
    "ingress",
    "services",
    "edge",
    "dashboard",
    "deployment",
    "outputs",
    "progress",
    "doctor",
    "deploy",
    "commands",
)
SOURCES = ("app.py", "benchmarks", "instandt_cdk", "lambdas", "local", "tests")
CDK = {"aws_cdk", "cdk_nag", "constructs"}
LONGEST_MODULE = 250
LONGEST_CONSTRUCTOR = 80

FILES = [
    file
    for source in SOURCES
    for file in (
        [ROOT / source] if source.endswith(".py") else sorted((ROOT / source).rglob("*.py"))
    )
]


def _module(file: Path, *, root: Path = ROOT) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(file: Path) -> Iterator[str]:
    """Everything that is imported, also for types only: a module, or a name in one."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(module: str) -> str | None:
    """The innermost room that a module of instandt_cdk is in."""
    inside = module.removeprefix("instandt_cdk.")
    rooms = [room for room in ROOMS if f"{inside}.".startswith(f"{room}.")]
    return max(rooms, key=len) if module.startswith("instandt_cdk.") and rooms else None


def test_every_module_is_in_a_room() -> None:
    modules = {_module(file) for file in (ROOT / "instandt_cdk").rglob("*.py")} - {"instandt_cdk"}
    assert {module for module in modules if _room(module) is None} == set()


def test_no_import_leads_upwards() -> None:
    for file in (ROOT / "instandt_cdk").rglob("*.py"):
        here = _room(_module(file))
        for imported in _imports(file):
            if here and (there := _room(imported)):
                assert ROOMS.index(there) <= ROOMS.index(here), f"{file}: {imported}"


def test_the_doctor_starts_without_the_cdk() -> None:
    for file in (ROOT / "instandt_cdk").rglob("*.py"):
        if _room(_module(file)) in (
            "names",
            "settings.limits",
            "settings",
            "changes",
            "durations",
            "cost",
            "doctor",
            "deploy",
            "commands",
        ):
            assert not {name.partition(".")[0] for name in _imports(file)} & CDK, file


def test_no_imports_go_round_in_a_circle() -> None:
    modules = {_module(file): file for file in FILES}
    modules |= {
        _module(file, root=ROOT / "lambdas"): file for file in (ROOT / "lambdas").rglob("*.py")
    }

    def owner(name: str) -> str | None:
        """The module that a name is imported from."""
        return name if name in modules else name.rpartition(".")[0] or None

    graph = {
        module: {owner(name) for name in _imports(file)} & modules.keys() - {module}
        for module, file in modules.items()
    }
    # What imports nothing that is left cannot be in a circle: take it away, until nothing is left.
    while free := {module for module, imported in graph.items() if not imported & graph.keys()}:
        graph = {module: imported for module, imported in graph.items() if module not in free}
    assert graph == {}


def test_tests_share_fixtures_and_do_not_import_each_other() -> None:
    for file in (ROOT / "tests").rglob("*.py"):
        for imported in _imports(file):
            parts = imported.split(".")
            shared = [part for part in parts if part.startswith("test_") or part == "conftest"]
            assert parts[0] != "tests" or not shared, f"{file}: {imported}"


def test_nothing_is_too_long_to_read() -> None:
    for file in FILES:
        text = file.read_text()
        assert len(text.splitlines()) <= LONGEST_MODULE, file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= LONGEST_CONSTRUCTOR, f"{file}: {lines} lines"
