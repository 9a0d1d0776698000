"""cfn-lint and checkov find nothing in the templates of any environment or choice."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support import ROOT
from tests.support.choices import EVERYTHING, synthesis_of
from tests.support.synthesis import Synthesis, Template


def test_cfn_lint_has_no_complaint() -> None:
    templates = [
        str(template)
        for name in EVERYTHING
        for template in sorted(synthesis_of(name).directory.glob("*.template.json"))
    ]
    assert len(templates) >= 6 * len(EVERYTHING)
    # Most choices change one or two stacks: half of the templates are copies of another environment's.
    distinct = {Path(template).read_bytes(): template for template in templates}
    # W3010: the operator names the zones in the settings. W3005: the CDK's own, redundant DependsOn. W3691
    # takes every major version of PostgreSQL for deprecated, because RDS lists the full versions only; the
    # settings offer those that are not.
    linted = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            "--ignore-checks",
            "W3010",
            "W3005",
            "W3691",
            "--",
            *distinct.values(),
        ],
        capture_output=True,
        text=True,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout[-3000:]


# A reason given in one place of the code counts once, on however many resources it stands.
MOST_CHECKOV_SKIPS = 19


def _checkov(directory: Path) -> dict[str, Any]:
    checked = subprocess.run(
        # It has an environment of its own: it pins libraries that others here need newer.
        [
            *(ROOT / ".cache" / "checkov" / "bin" / "checkov", "--framework", "cloudformation"),
            *("--directory", directory, "--output", "json", "--quiet", "--compact"),
        ],
        capture_output=True,
        text=True,
    )
    return dict(json.loads(checked.stdout))


def _skips(synthesis: Synthesis) -> dict[tuple[str, str, str], str]:
    """What checkov is told to skip: stack, logical id and check, with the reason."""
    return {
        (stack, logical_id, entry["id"]): entry["comment"]
        for stack, logical_id, resource in synthesis.resources()
        for entry in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }


def test_checkov_finds_nothing_in_production(prod: Synthesis) -> None:
    summary = _checkov(prod.directory)["summary"]
    assert summary["failed"] == summary["parsing_errors"] == 0
    assert summary["passed"] > 300
    assert summary["skipped"] == len(_skips(prod))


def _bare(template: Template) -> str:
    """The template without what checkov is told to skip."""
    bare = copy.deepcopy(template)
    for resource in bare["Resources"].values():
        resource.get("Metadata", {}).pop("checkov", None)
    return json.dumps(bare)


def test_checkov_would_find_exactly_what_is_skipped(tmp_path: Path) -> None:
    # Half of the templates are copies of another environment's: each different one is checked once.
    files: dict[str, str] = {}
    for name in EVERYTHING:
        for template in synthesis_of(name).templates.values():
            text = _bare(template)
            files.setdefault(text, f"{len(files)}.template.json")
    for text, file in files.items():
        (tmp_path / file).write_text(text)
    found: dict[str, set[tuple[str, str]]] = {file: set() for file in files.values()}
    for check in _checkov(tmp_path)["results"]["failed_checks"]:
        logical_id = check["resource"].partition(".")[2]
        found[check["file_path"].removeprefix("/")].add((logical_id, check["check_id"]))
    for name in EVERYTHING:
        skips = _skips(synthesis_of(name))
        assert {
            (stack, *finding)
            for stack, template in synthesis_of(name).templates.items()
            for finding in found[files[_bare(template)]]
        } == set(skips), name
        assert len({(check, why) for (_, _, check), why in skips.items()}) <= MOST_CHECKOV_SKIPS
