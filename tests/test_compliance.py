"""Compliance: no finding is open, and no acceptance has outlived its finding."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from instandt_cdk import compliance
from instandt_cdk.compliance import page as compliance_page
from tests.choices import CHOICES, synthesized
from tests.synthesis import ROOT, Synthesis, synthesize, without_pack

ENVIRONMENTS = ("dev", "prod", "local")
EVERYTHING = (*ENVIRONMENTS, *CHOICES)


def _synthesis(name: str) -> Synthesis:
    """An environment of the project's, or production with a choice."""
    return synthesize(name) if name in ENVIRONMENTS else synthesized(name)


def _suppressed(synthesis: Synthesis) -> list[dict[str, Any]]:
    return [
        violation
        for report in synthesis.read("validation-report.json")["pluginReports"]
        for violation in report["suppressedViolations"]
        if "acknowledgedAt" in violation  # what the whole app accepts has no place
    ]


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_finding_is_open(name: str) -> None:
    reports = _synthesis(name).read("validation-report.json")["pluginReports"]
    assert set(compliance.PACKS) < {report["pluginName"] for report in reports}
    for report in reports:
        assert report["conclusion"] == "success", report["pluginName"]
        assert report["violations"] == []


def test_a_finding_in_a_region_that_the_library_does_not_know_can_be_accepted() -> None:
    app = cdk.App()
    compliance.register(app)
    stack = cdk.Stack(app, "New", env=cdk.Environment(account="222222222222", region="ap-new-1"))
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    changes = f"arn:{stack.partition}:route53:::change/*"
    role.add_to_policy(iam.PolicyStatement(actions=["route53:GetChange"], resources=[changes]))
    compliance.accept(
        role, {f"IAM5[Resource::{changes}]": "Route 53 names a change when it is made."}
    )
    app.synth()


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_acceptance_is_still_needed(name: str) -> None:
    synthesis = _synthesis(name)
    # A rule that several packs share is accepted in all of them, and needed if one of them asks.
    used = {
        (v["acknowledgedAt"], without_pack(v["acknowledgedId"])) for v in _suppressed(synthesis)
    }
    accepted = synthesis.acceptances()
    assert len(accepted) > 10
    assert set(accepted) - used == set()


def test_what_is_accepted_everywhere_is_still_needed_somewhere(prod: Synthesis) -> None:
    found = {
        without_pack(violation["acknowledgedId"])
        for report in prod.read("validation-report.json")["pluginReports"]
        for violation in report["suppressedViolations"]
        if "acknowledgedAt" not in violation and report["pluginName"] in compliance.PACKS
    }
    assert found == set(compliance.EVERYWHERE)


def test_the_page_of_acceptances_is_up_to_date(prod: Synthesis) -> None:
    page = compliance_page.page(prod.directory)
    assert (ROOT / "docs" / "compliance.md").read_text() == page, "run `make docs`"


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_acceptance_gives_a_reason_and_is_reported(name: str) -> None:
    for violation in _suppressed(_synthesis(name)):
        assert len(violation["reason"]) > 20, violation["ruleName"]


def test_cfn_lint_has_no_complaint() -> None:
    templates = [
        str(template)
        for name in EVERYTHING
        for template in sorted(_synthesis(name).directory.glob("*.template.json"))
    ]
    assert len(templates) >= 6 * len(EVERYTHING)
    # Most choices change one or two stacks: half of the templates are copies of another environment's.
    distinct = {Path(template).read_bytes(): template for template in templates}
    # W3010: the operator names the zones in the settings. W3005: the CDK's own, redundant DependsOn.
    linted = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            "--ignore-checks",
            "W3010",
            "W3005",
            "--",
            *distinct.values(),
        ],
        capture_output=True,
        text=True,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout[-3000:]


# A reason given in one place of the code counts once, on however many resources it stands.
MOST_CHECKOV_SKIPS = 15


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


def test_checkov_would_find_exactly_what_is_skipped(tmp_path: Path) -> None:
    for name in EVERYTHING:
        (tmp_path / name).mkdir()
        for stack, template in _synthesis(name).templates.items():
            bare = copy.deepcopy(template)
            for resource in bare["Resources"].values():
                resource.get("Metadata", {}).pop("checkov", None)
            (tmp_path / name / f"{stack}.template.json").write_text(json.dumps(bare))
    found: dict[str, set[tuple[str, str, str]]] = {name: set() for name in EVERYTHING}
    for check in _checkov(tmp_path)["results"]["failed_checks"]:
        _, name, file = check["file_path"].split("/")
        stack, logical_id = file.partition(".")[0], check["resource"].partition(".")[2]
        found[name].add((stack, logical_id, check["check_id"]))
    for name in EVERYTHING:
        skips = _skips(_synthesis(name))
        assert found[name] == set(skips), name
        assert len({(check, why) for (_, _, check), why in skips.items()}) <= MOST_CHECKOV_SKIPS
