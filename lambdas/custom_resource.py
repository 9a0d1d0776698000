"""What the functions of custom resources share: properties, the time that is left, and the answer.

Source of the rules: "Custom resource request and response objects", AWS CloudFormation User Guide.
"""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

MAXIMUM_RESPONSE_BYTES = 4096
"""The largest response that CloudFormation accepts."""

LONGEST_FIRST_LINE = 500
"""How many characters of a reason's first line are kept when the reason is cut."""

ATTEMPTS = 4


class Context(Protocol):
    """What Lambda tells of a call ("Using the Lambda context object", AWS Lambda Developer Guide)."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the call."""


@dataclass(frozen=True, kw_only=True)
class Properties:
    """Base class for the properties of a custom resource, used by its construct and its function.

    The field `hosted_zone_id`, for example, is the property `HostedZoneId`. A field that is None is left out.
    """

    def to_properties(self) -> dict[str, Any]:
        """Return the properties for the template."""
        values = {_pascal(field.name): getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Read a request's `ResourceProperties`; those without a field, such as ServiceToken, are ignored.

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
    """Send the result of a request to its pre-signed URL.

    Args:
        event: CloudFormation's request.
        physical_id: The resource's physical id. If it changes, CloudFormation deletes the old resource.
        failure: What went wrong and what to do, for the operator; None for success. If the text is too
            long, its first line and its end are sent: the one says what failed, the other explains the most.
        data: The values that `Fn::GetAtt` returns.

    Raises:
        OSError: The URL could not be reached in several attempts.
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
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's pre-signed https URL
        event["ResponseURL"],
        data=_encoded(response),
        # CloudFormation signed the S3 URL for an empty content type.
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
    """Whether an update is part of a rollback. The request does not say so, but the stack's status does."""
    if event["RequestType"] != "Update":
        return False
    (stack,) = cloudformation.describe_stacks(StackName=event["StackId"])["Stacks"]
    return "ROLLBACK" in stack["StackStatus"]


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _encoded(response: dict[str, Any]) -> bytes:
    first, _, rest = response["Reason"].partition("\n")
    head, tail = (f"{first[:LONGEST_FIRST_LINE]}\n", rest) if rest else ("", first)
    while True:
        # Half of a surrogate pair, which JSON can hold, cannot be encoded.
        body = json.dumps(response, ensure_ascii=False).encode(errors="replace")
        excess = len(body) - MAXIMUM_RESPONSE_BYTES
        if excess <= 0:
            return body
        # A character has 1 to 4 bytes. Cut as if all had 4, and repeat until the response fits.
        tail = tail[max(1, excess // 4) :]
        response = {**response, "Reason": f"{head}… {tail}"}
