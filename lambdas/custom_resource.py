"""What the functions behind custom resources share: the properties they are told, and the answer they owe.

Source of the rules: "Custom resource request and response objects", AWS CloudFormation User Guide.
"""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

MAXIMUM_RESPONSE_BYTES = 4096
"""CloudFormation refuses a longer response."""

ATTEMPTS = 4


@dataclass(frozen=True, kw_only=True)
class Properties:
    """The base of the classes that name a custom resource's properties, for its construct and its function.

    A field such as `hosted_zone_id` is the property `HostedZoneId`; one that is None is left out.
    """

    def to_properties(self) -> dict[str, Any]:
        """Return what the template says."""
        values = {_pascal(field.name): getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Read a request's `ResourceProperties`; others than the class's, such as ServiceToken, are ignored.

        Raises:
            TypeError: A property is missing.
        """
        names = {field.name: _pascal(field.name) for field in fields(cls)}
        return cls(
            **{field: properties[name] for field, name in names.items() if name in properties}
        )


def respond(
    event: Mapping[str, Any],
    *,
    physical_id: str,
    failure: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Send the outcome of a request to the pre-signed address that came with it.

    Args:
        event: CloudFormation's request.
        physical_id: The identity of the thing; a changed one makes CloudFormation delete the old.
        failure: What went wrong and what to do, for the operator; None for success. Of a text that is
            too long the end is kept, because the last lines of a log explain the most.
        data: What `Fn::GetAtt` returns.

    Raises:
        OSError: CloudFormation's address could not be reached in several attempts.
    """
    response = {
        "Status": "SUCCESS" if failure is None else "FAILED",
        "Reason": failure or "done",
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(data or {}),
    }
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own pre-signed https address
        event["ResponseURL"],
        data=_encoded(response),
        # A pre-signed S3 address is signed for an empty content type.
        headers={"Content-Type": ""},
        method="PUT",
    )
    for attempt in range(ATTEMPTS):
        try:
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
        except OSError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(2**attempt)
        else:
            return


def is_rollback(event: Mapping[str, Any], *, cloudformation: "CloudFormationClient") -> bool:
    """Whether an update only brings back what was before: the request itself does not say so."""
    if event["RequestType"] != "Update":
        return False
    (stack,) = cloudformation.describe_stacks(StackName=event["StackId"])["Stacks"]
    return "ROLLBACK" in stack["StackStatus"]


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _encoded(response: dict[str, Any]) -> bytes:
    reason = response["Reason"]
    while True:
        body = json.dumps(response, ensure_ascii=False).encode()
        excess = len(body) - MAXIMUM_RESPONSE_BYTES
        if excess <= 0:
            return body
        # A character is one byte at least; where it is more, the next round has less to cut or none.
        reason = reason[max(1, excess // 4) :]
        response = {**response, "Reason": f"… {reason}"}
