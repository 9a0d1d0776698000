"""Stacks that a failed first deployment left."""

from typing import Any

import pytest

from instandt_cdk.doctor import stacks
from instandt_cdk.names import Names
from tests.doctor.stubs import answering, lines


def _stack(name: str, status: str, *, protected: bool = False) -> dict[str, Any]:
    return {
        "StackName": f"instandt-site-{name}",
        "StackStatus": status,
        "CreationTime": 0,
        "EnableTerminationProtection": protected,
    }


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (
            _stack("storage", "ROLLBACK_COMPLETE", protected=True),
            "! instandt-site-storage is left from a first deployment that failed; it is empty, but "
            "protected → `make deploy` lifts the protection; before `npx cdk deploy` lift it yourself: "
            "`aws cloudformation update-termination-protection --no-enable-termination-protection "
            "--region eu-central-1 --stack-name instandt-site-storage`",
        ),
        (
            _stack("ingress", "ROLLBACK_FAILED"),
            "✗ instandt-site-ingress is left from a first deployment that failed, and could not be "
            "emptied → `aws cloudformation describe-stack-events --region eu-central-1 --stack-name "
            "instandt-site-ingress` says what is in the way; delete that, then deploy",
        ),
        (
            _stack("storage", "ROLLBACK_FAILED", protected=True),
            "✗ instandt-site-storage is left from a first deployment that failed, and could not be "
            "emptied → `aws cloudformation describe-stack-events --region eu-central-1 --stack-name "
            "instandt-site-storage` says what is in the way; delete that, lift the protection with `aws "
            "cloudformation update-termination-protection --no-enable-termination-protection --region "
            "eu-central-1 --stack-name instandt-site-storage`, then deploy",
        ),
        (_stack("edge", "ROLLBACK_COMPLETE"), "✓ none is left from a first deployment that failed"),
        (
            _stack("storage", "CREATE_COMPLETE", protected=True),
            "✓ none is left from a first deployment that failed",
        ),
        (
            _stack("else-storage", "ROLLBACK_COMPLETE", protected=True),
            "✓ none is left from a first deployment that failed",
        ),
    ],
)
def test_what_a_failed_first_deployment_left(stack: dict[str, Any], expected: str) -> None:
    cloudformation = answering("cloudformation", [("describe_stacks", {"Stacks": [stack]})])
    assert lines(stacks.can_go_on({"eu-central-1": cloudformation}, Names("site"))) == [expected]
