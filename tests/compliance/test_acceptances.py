"""Compliance: no finding is open, and no acceptance has outlived its finding."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from instandt_cdk import compliance
from instandt_cdk.compliance import page as compliance_page
from tests.support import ROOT
from tests.support.choices import EVERYTHING, synthesis_of
from tests.support.synthesis import Synthesis, without_pack


def _suppressed(synthesis: Synthesis) -> list[dict[str, Any]]:
    return [
        violation
        for report in synthesis.read("validation-report.json")["pluginReports"]
        for violation in report["suppressedViolations"]
        if "acknowledgedAt" in violation  # what the whole app accepts has no place
    ]


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_finding_is_open(name: str) -> None:
    reports = synthesis_of(name).read("validation-report.json")["pluginReports"]
    # The CDK's own validator has a report only where it found something.
    assert set(compliance.PACKS) <= {report["pluginName"] for report in reports}
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
    synthesis = synthesis_of(name)
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
    for violation in _suppressed(synthesis_of(name)):
        assert len(violation["reason"]) > 20, violation["ruleName"]
