"""CloudTrail calls a request by its action, and tells a look from a change by that.

ministack does not find the action in the body of a request to a query API such as CloudFormation's, and calls
each one a change. Reference: "CloudTrail record contents", AWS CloudTrail User Guide.

Mended when tests/local/test_emulator_mends.py passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Adapt how a request is recorded."""

    @hooks.around(hooks.service("cloudtrail"), "record_event")
    def record(
        original: hooks.Original, *, event_name: str, request_params: hooks.Untyped, **more: object
    ) -> None:
        named = request_params.get("Action", event_name)
        original(event_name=named, request_params=request_params, **more)
