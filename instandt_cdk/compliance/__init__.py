"""The rule packs that every synth must satisfy, and the way to accept a finding.

A finding that is not accepted fails `cdk synth`. Fix first; accept only with the fact that compensates
for it, directly after the construct it concerns. Accepted findings are listed with their reason in
`cdk.out/validation-report.json` and in docs/compliance.md.
"""

import re
from collections.abc import Callable, Mapping

import aws_cdk as cdk
import cdk_nag
from constructs import IConstruct

PACKS: Mapping[str, Callable[[cdk.App], cdk.IPolicyValidationPlugin]] = {
    "AwsSolutions": cdk_nag.AwsSolutionsChecks,
    "HIPAA.Security": cdk_nag.HIPAASecurityChecks,
    "NIST.800.53.R5": cdk_nag.NIST80053R5Checks,
    "PCI.DSS.321": cdk_nag.PCIDSS321Checks,
}

EVERYWHERE = {
    "IAMNoInlinePolicy": "Each policy belongs to one role, is written from what that role was granted, "
    "and comes and goes with it; a managed policy would only add a second name.",
}
"""Findings about the way this application is written rather than about one of its resources."""

_AWS_SOLUTIONS_RULE = re.compile(r"[A-Z0-9]+\d(\[.*)?")


def register(app: cdk.App) -> None:
    """Check all stacks of the app against the rule packs at synthesis."""
    checks = cdk.Validations.of(app)
    for pack in PACKS.values():
        checks.add_plugins(pack(app))
    accept(app, EVERYWHERE)


def accept(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Accept findings on a construct and what is below it.

    Args:
        construct: The narrowest construct that has the findings.
        findings: Rule id without its pack's prefix, such as "RDS11", "IAM5[Resource::*]" or
            "LambdaDLQ", to the fact that makes it acceptable. A rule that several packs share is
            accepted in all of them.
    """
    for named, reason in findings.items():
        # In a region that the CDK does not know, the partition is a reference. Findings show it like this.
        rule = named.replace(cdk.Aws.PARTITION, "<AWS::Partition>")
        # Only the id in full form is listed in the validation report; the short one leaves no trace.
        cdk.Validations.of(construct).acknowledge(
            *(
                cdk.Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason)
                for pack in _packs(rule)
            )
        )


def skip(resource: IConstruct | None, checks: Mapping[str, str]) -> None:
    """Have checkov skip checks of one resource, which keeps the reasons in its metadata.

    checkov has ids of its own for the same findings, and does not know what was accepted in the packs.

    Args:
        resource: A resource of the template, such as a construct's default child.
        checks: checkov's ids, such as "CKV_AWS_18", to the facts that make what they find acceptable.
    """
    assert isinstance(resource, cdk.CfnResource)  # noqa: S101 - narrows the type
    entries = [{"id": check, "comment": reason} for check, reason in checks.items()]
    # "Suppressing and Skipping Policies", checkov's documentation.
    resource.add_metadata("checkov", {"skip": entries})


def _packs(rule: str) -> list[str]:
    if _AWS_SOLUTIONS_RULE.fullmatch(rule):
        return ["AwsSolutions"]
    return [pack for pack in PACKS if pack != "AwsSolutions"]


def logical_id(construct: IConstruct) -> str:
    """Return the logical id by which findings about wildcards name a resource."""
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnElement)  # noqa: S101 - narrows the type
    return str(cdk.Stack.of(construct).resolve(resource.logical_id))
