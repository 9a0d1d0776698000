"""Compliance: no finding is open, and no acceptance has outlived its finding."""

import json
import subprocess
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from instandt_cdk import compliance, compliance_page
from tests.synthesis import ROOT, Synthesis, synthesize

ENVIRONMENTS = ("dev", "prod")


def _acceptances(synthesis: Synthesis) -> dict[tuple[str, str], str]:
    """Everything accepted in the code: construct and rule, with the reason."""
    found = {}
    for stack in synthesis.templates:
        for path, entries in synthesis.read(f"{stack}.metadata.json").items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    for rule, reason in entry["data"].items():
                        # The CDK accepts findings of its own validator on its own constructs.
                        if not rule.startswith("CloudFormation-Validate::"):
                            found[path.removeprefix("/"), _without_pack(rule)] = reason
    return found


def _suppressed(synthesis: Synthesis) -> list[dict[str, Any]]:
    return [
        violation
        for report in synthesis.read("validation-report.json")["pluginReports"]
        for violation in report["suppressedViolations"]
        if "acknowledgedAt" in violation  # what the whole app accepts has no place
    ]


def _paths(synthesis: Synthesis) -> dict[tuple[str, str], str]:
    """Where in the application each resource of the templates comes from."""
    return {
        (stack, entry["data"]): path.removeprefix("/")
        for stack in synthesis.templates
        for path, entries in synthesis.read(f"{stack}.metadata.json").items()
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    }


def _without_pack(rule: str) -> str:
    return rule.partition("::")[2].partition("-")[2]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_finding_is_open(environment: str) -> None:
    reports = synthesize(environment).read("validation-report.json")["pluginReports"]
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


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_acceptance_is_still_needed(environment: str) -> None:
    synthesis = synthesize(environment)
    # A rule that several packs share is accepted in all of them, and needed if one of them asks.
    used = {
        (v["acknowledgedAt"], _without_pack(v["acknowledgedId"])) for v in _suppressed(synthesis)
    }
    accepted = _acceptances(synthesis)
    assert len(accepted) > 10
    assert set(accepted) - used == set()


def test_what_is_accepted_everywhere_is_still_needed_somewhere(prod: Synthesis) -> None:
    found = {
        _without_pack(violation["acknowledgedId"])
        for report in prod.read("validation-report.json")["pluginReports"]
        for violation in report["suppressedViolations"]
        if "acknowledgedAt" not in violation and report["pluginName"] in compliance.PACKS
    }
    assert found == set(compliance.EVERYWHERE)


def test_the_page_of_acceptances_is_up_to_date(prod: Synthesis) -> None:
    page = compliance_page.page(prod.read("validation-report.json"))
    assert (ROOT / "docs" / "compliance.md").read_text() == page, "run `make docs`"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_acceptance_gives_a_reason_and_is_reported(environment: str) -> None:
    for violation in _suppressed(synthesize(environment)):
        assert len(violation["reason"]) > 20, violation["ruleName"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cfn_lint_has_no_complaint(environment: str) -> None:
    templates = sorted(map(str, synthesize(environment).directory.glob("*.template.json")))
    # W3010: the operator names the zones in the settings. W3005: the CDK's own, redundant DependsOn.
    linted = subprocess.run(
        ["cfn-lint", "--ignore-checks", "W3010", "W3005", "--", *templates],
        capture_output=True,
        text=True,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout[-3000:]


# checkov's checks that find the same as one of the packs' rules.
CHECKOV = {
    "CKV_AWS_18": "S3BucketLoggingEnabled",
    "CKV_AWS_111": "IAM5[Resource::*]",
    "CKV_AWS_115": "LambdaConcurrency",
    "CKV_AWS_116": "LambdaDLQ",
    "CKV_AWS_117": "LambdaInsideVPC",
    "CKV_AWS_149": "SecretsManagerUsingKMSKey",
}
# S3 does not log access to the bucket that it logs to; the packs know that by themselves.
OWN = {("Storage/AccessLogs", "S3BucketLoggingEnabled"): "It receives these very logs."}
MOST_CHECKOV_ACCEPTANCES = 15


def test_checkov_finds_nothing_but_what_is_accepted(prod: Synthesis) -> None:
    checked = subprocess.run(
        # It has an environment of its own: it pins libraries that others here need newer.
        [
            *(ROOT / ".cache" / "checkov" / "bin" / "checkov", "--framework", "cloudformation"),
            *("--directory", prod.directory, "--output", "json", "--quiet", "--compact"),
        ],
        capture_output=True,
        text=True,
    )
    results = json.loads(checked.stdout)
    assert results["summary"]["passed"] > 300
    accepted = _acceptances(prod)
    paths = _paths(prod)
    open_findings = []
    for check in results["results"]["failed_checks"]:
        stack, logical_id = (
            check["file_path"][1:].partition(".")[0],
            check["resource"].split(".")[1],
        )
        path = paths[stack, logical_id]
        rule = CHECKOV.get(check["check_id"])
        if not any(path.startswith(place) and rule == known for place, known in accepted | OWN):
            open_findings.append((path, check["check_id"], check["check_name"]))
    assert open_findings == []
    assert len(results["results"]["failed_checks"]) <= MOST_CHECKOV_ACCEPTANCES
