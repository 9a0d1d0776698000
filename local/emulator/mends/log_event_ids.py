"""Every event of a log has an id, those that a function writes too.

ministack gives ids only to what PutLogEvents brings. AWS documents one for each: "FilteredLogEvent", Amazon
CloudWatch Logs API Reference.

Mended when test_a_function_gets_this_machines_libraries_its_own_modules_and_its_role passes without this
file.
"""

import uuid

from local.emulator import hooks


def install() -> None:
    """Give the others one."""

    @hooks.around(hooks.service("cloudwatch_logs"), "_append_log_events")
    def append(
        original: hooks.Original, stream: object, events: list[dict[str, object]]
    ) -> hooks.Untyped:
        return original(stream, [{"eventId": str(uuid.uuid4())} | event for event in events])
