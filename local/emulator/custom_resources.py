"""Custom resources as CloudFormation handles them when they fail, and one that needs no function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped

    Provisioned = tuple[str, dict[str, Any]]

_EMPTYING_TYPE = "Custom::S3AutoDeleteObjects"


def install() -> None:
    """Adapt how custom resources are created and deleted."""
    provisioners = hooks.service("cloudformation.provisioners")
    _delete_what_failed(provisioners)
    _empty_buckets_natively(provisioners)


def _delete_what_failed(provisioners: Untyped) -> None:
    """Send Delete for a resource whose Create failed.

    ministack forgets it; CloudFormation's rollback deletes it by the physical id of the failed answer (User
    Guide, "Custom resource request types"), and the function relies on that.
    """
    failed_ids: dict[tuple[str, str], str] = {}

    @hooks.around(hooks.service("cloudformation.custom_resource"), "deliver_response")
    def remember(original: Callable[..., bool], token: str, response: dict[str, str]) -> bool:
        if response.get("Status") == "FAILED" and "PhysicalResourceId" in response:
            key = (response.get("StackId", ""), response.get("LogicalResourceId", ""))
            failed_ids[key] = response["PhysicalResourceId"]
        return original(token, response)

    @hooks.around(provisioners, "_custom_resource_create")
    def create(
        original: Callable[..., Provisioned],
        logical_id: str,
        properties: object,
        stack: str,
        resource_type: str = "AWS::CloudFormation::CustomResource",
    ) -> Provisioned:
        try:
            return original(logical_id, properties, stack, resource_type)
        except RuntimeError:
            physical_id = failed_ids.pop((provisioners._cr_stack_id(stack), logical_id), None)
            provisioners._custom_resource_delete(
                physical_id,
                properties,
                stack_name=stack,
                logical_id=logical_id,
                resource_type=resource_type,
            )
            raise


def _empty_buckets_natively(provisioners: Untyped) -> None:
    """Do what CDK's helper does that empties a bucket: it is a Node function whose libraries only AWS has."""
    for verb in ("create", "update", "delete"):

        @hooks.around(provisioners, f"_custom_resource_{verb}")
        def provision(
            original: Callable[..., Untyped],
            first: str,
            *arguments: Untyped,
            verb: str = verb,
            **named: Untyped,
        ) -> Untyped:
            if (named.get("resource_type") or arguments[-1]) != _EMPTYING_TYPE:
                return original(first, *arguments, **named)
            if verb == "delete":
                _empty(arguments[0]["BucketName"])
            return first, {}


def _empty(bucket: str) -> None:
    """Delete every object, version and delete marker."""
    s3 = hooks.service("s3")
    if bucket in s3._buckets:
        s3._buckets[bucket]["objects"].clear()
    for key in [key for key in s3._object_versions if key[0] == bucket]:
        del s3._object_versions[key]
