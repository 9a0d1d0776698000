"""A service whose update failed is sent back to the task definition that it had.

ministack leaves it with the failed one. CloudFormation's rollback sends it back: "Stack failure options",
CloudFormation User Guide.

Mended when test_a_service_rolls_without_a_gap_and_rolls_back_what_does_not_start passes without this file.
"""

from __future__ import annotations

from local.emulator import hooks


def install() -> None:
    """Name services among the types that are sent back."""
    hooks.around(hooks.service("cloudformation.stacks"), "_sends_back_failed_update")(
        lambda original, resource_type: (
            resource_type == "AWS::ECS::Service" or original(resource_type)
        )
    )
