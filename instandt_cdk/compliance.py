"""The rule packs that every synth must satisfy, and the way to accept a finding.

A finding that is not accepted fails `cdk synth`. Fix first; accept only with the fact that compensates
for it, directly after the construct it concerns. Accepted findings are listed with their reason in
`cdk.out/validation-report.json`.
"""

from collections.abc import Mapping

import aws_cdk as cdk
import cdk_nag
from constructs import IConstruct

PACK = "AwsSolutions"


def register(app: cdk.App) -> None:
    """Check all stacks of the app against the rule packs at synthesis."""
    checks = cdk.Validations.of(app)
    checks.add_plugins(cdk_nag.AwsSolutionsChecks(app))
    checks.acknowledge(
        cdk.Acknowledgment(
            id="CloudFormation-Validate::W3010",
            reason="The operator names the availability zones in the settings.",
        )
    )


def accept(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Accept findings on a construct and what is below it.

    Args:
        construct: The narrowest construct that has the findings.
        findings: Rule id without its pack's prefix, such as "RDS11" or "IAM5[Resource::*]", to the fact
            that makes it acceptable.
    """
    for rule, reason in findings.items():
        # Only the id in full form is listed in the validation report; the short one leaves no trace.
        cdk.Validations.of(construct).acknowledge(
            cdk.Acknowledgment(id=f"{PACK}::{PACK}-{rule}", reason=reason)
        )


def logical_id(construct: IConstruct) -> str:
    """The id that findings about wildcards below a resource name it by."""
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnElement)  # noqa: S101 - narrows the type
    return str(cdk.Stack.of(construct).resolve(resource.logical_id))
