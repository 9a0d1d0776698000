"""What CloudTrail has recorded of the emulated AWS: who asked for more than a look."""

import json
import urllib.request
from typing import Any

SETTING = "cloudtrail._recording_enabled"


def begin(endpoint_url: str) -> None:
    """Let the emulator record requests, which it does not by default."""
    settings = json.dumps({SETTING: "true"}).encode()
    with urllib.request.urlopen(f"{endpoint_url}/_ministack/config", settings) as answer:  # noqa: S310 - loopback
        assert json.load(answer) == {"applied": {SETTING: True}}


def writes(cloudtrail: Any) -> dict[str, str]:  # noqa: ANN401 - boto3's are dynamic
    """The last 50 requests in the client's region that were to change something: their names by id."""
    found = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
    )
    return {event["EventId"]: event["EventName"] for event in found["Events"]}
