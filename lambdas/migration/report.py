"""Tells CloudFormation how a migration's task ended, and fails the execution if the migration failed."""

import re
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from custom_resource import respond
from migration.outcome import Outcome, read
from migration.protocol import ALREADY_RUNS, REQUEST, ReportRequest
from migration.redaction import presentable
from migration.request import PHYSICAL_ID

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import GetLogEventsRequestTypeDef, OutputLogEventTypeDef

LAST_LINES = 15
"""How many lines of the migration's log go into the message."""

REMEDIES = {
    r"RESOURCE:|no Container Instances|insufficient (CPU|memory)": "The cluster has no room for it: raise "
    "cluster.maximum_instances or choose a larger cluster.instance_type, and deploy again.",
    r"States\.Timeout": "It took longer than migration.timeout_minutes: raise that, and deploy again.",
    ALREADY_RUNS: "Another migration of this environment runs: wait for its end, or stop its task, and "
    "deploy again.",
    r"CannotPull|pull image": "Its image could not be pulled: look whether app_version has been published "
    "and whether the registry's token is still valid, and deploy again.",
}
"""What to do about a migration that never ran to its end, by what its reason matches."""

SETTINGS = {
    r'database "[^"]*" does not exist': "Set database.name to the database that the migration expects.",
    r"no encryption|SSL off": "Set database.require_tls = false, because the migration uses no TLS.",
    r"permission denied to create extension": "Create the extension as RDS's master, once.",
    r"[Rr]ead-only file system": "Set migration.read_only_root = false.",
}
"""What a migration needs, mostly a setting, by what its log says."""

MOST_PAGES = 10
"""How many pages of the log are asked for; one may be empty although others are not ("GetLogEvents")."""


class MigrationFailedError(Exception):
    """The migration did not succeed. The message says how it ended."""


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Report the outcome of the execution.

    CloudFormation gets an answer even if the log cannot be read: without one it would wait for an hour.

    Args:
        event: The properties of a `ReportRequest`.

    Raises:
        MigrationFailedError: The migration failed.
    """
    report = ReportRequest.from_properties(event)
    outcome = read(report.execution, container=report.container)
    failure = None
    if not outcome.succeeded:
        failure = explain(outcome, log=last_lines(outcome, report, logs=boto3.client("logs")))
    # A migration that was started by hand has no request to answer.
    if request := report.execution.get(REQUEST):
        respond(request, physical_id=PHYSICAL_ID, failure=failure)
    if failure:
        raise MigrationFailedError(failure)
    return {"task": outcome.task_id, "exitCode": outcome.exit_code}


def last_lines(
    outcome: Outcome, report: ReportRequest, *, logs: "CloudWatchLogsClient"
) -> list[str]:
    """Return the last lines of the migration's log, or a line that says why they cannot be had.

    An empty list means that the container wrote none.
    """
    if outcome.task_id is None:
        return []
    try:
        # The awslogs driver names the stream PREFIX/CONTAINER/TASK.
        stream = f"{report.container}/{report.container}/{outcome.task_id}"
        events = _last_page(logs, group=report.log_group, stream=stream)
    except logs.exceptions.ResourceNotFoundException:
        return []
    except ClientError as error:
        return [f"(it cannot be read: {error.response['Error']['Code']})"]
    except Exception as error:  # the log is a courtesy, the answer is not
        return [f"(it cannot be read: {type(error).__name__})"]
    return [presentable(line["message"].rstrip()) for line in events]


def _last_page(
    logs: "CloudWatchLogsClient", *, group: str, stream: str
) -> list["OutputLogEventTypeDef"]:
    """Return the last page of a log stream that is not empty."""
    request: GetLogEventsRequestTypeDef = {
        "logGroupName": group,
        "logStreamName": stream,
        "limit": LAST_LINES,
        "startFromHead": False,
    }
    for _ in range(MOST_PAGES):
        page = logs.get_log_events(**request)
        if page["events"] or page["nextBackwardToken"] == request.get("nextToken"):
            return page["events"]
        request["nextToken"] = page["nextBackwardToken"]
    return []


def explain(outcome: Outcome, *, log: list[str]) -> str:
    """Return what happened and what to do, for the operator who reads CloudFormation's events."""
    reason = presentable(outcome.reason) or "no reason given"
    match outcome.exit_code:
        case None:
            ended = "never ran to its end"
        case 0:
            ended = "ended with exit code 0, but its task failed"
        case code:
            ended = f"failed with exit code {code}"
    lines = [f"The database migration {ended} ({reason})."]
    if log:
        lines += ["Its last log lines:", *log]
    remedy = (
        "Deploy a version whose migration succeeds, or solve the problem above and deploy again."
    )
    if outcome.exit_code is None:
        matching = (
            r for pattern, r in REMEDIES.items() if re.search(pattern, reason, re.IGNORECASE)
        )
        remedy = next(matching, remedy)
    words = "\n".join(log)
    needed = [setting for pattern, setting in SETTINGS.items() if re.search(pattern, words)]
    lines.append(" ".join(["The services keep their version.", *needed, remedy]))
    return "\n".join(lines)
