"""A custom resource whose creation failed is deleted by the rollback.

ministack forgets it. CloudFormation sends Delete with the physical id of the failed answer, and functions
rely on that: "Custom resource request types", CloudFormation User Guide.

Mended when test_a_custom_resource_that_fails_rolls_the_stack_back_and_is_deleted passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Remember the physical ids of failed answers, and send Delete."""
    provisioners = hooks.service("cloudformation.provisioners")
    failed_ids: dict[tuple[str, str], str] = {}

    @hooks.around(hooks.service("cloudformation.custom_resource"), "deliver_response")
    def remember(original: hooks.Original, token: str, response: dict[str, str]) -> hooks.Untyped:
        if response.get("Status") == "FAILED" and "PhysicalResourceId" in response:
            key = (response.get("StackId", ""), response.get("LogicalResourceId", ""))
            failed_ids[key] = response["PhysicalResourceId"]
        return original(token, response)

    @hooks.around(provisioners, "_custom_resource_create")
    def create(
        original: hooks.Original, logical_id: str, properties: object, stack: str, *kind: str
    ) -> hooks.Untyped:
        try:
            return original(logical_id, properties, stack, *kind)
        except RuntimeError:
            failed = failed_ids.pop((provisioners._cr_stack_id(stack), logical_id), None)
            provisioners._custom_resource_delete(failed, properties, stack, logical_id, *kind)
            raise
