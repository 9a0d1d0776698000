"""What ECS and the logs say."""

import datetime as dt
import re
from typing import Any

from botocore.exceptions import ClientError

from instandt_cdk.commands.bundle.evidence import Evidence, Sign, Source, written
from instandt_cdk.commands.bundle.stacks import resources
from instandt_cdk.commands.deployed import Deployed

NEW = dt.timedelta(hours=1)
"""What is older is no sign of what is wrong now. So long ECS keeps stopped tasks, too."""
MOST_EVENTS = 20
MOST_STREAMS = 3
MOST_LINES = 100
MOST_TASKS = 100
NOT_FOR_OTHERS = ("FlowLog", "SessionsLog", "WebAcl")
"""How the logical ids of logs begin that are nobody else's business: they have visitors' addresses, or the
transcripts of `make session` and `make psql`, and so rows of the database."""
ORDINARY = re.compile(
    r"has reached a steady state|has started|has stopped|registered \d+ targets"
    r"|has begun draining connections|deployment completed|AZ balanced"
)
"""What ECS says when nothing is wrong ("Service event messages", Amazon ECS Developer Guide)."""
BY_WISH = ("ServiceSchedulerInitiated", "UserInitiated", "TerminationNotice")
"""Why tasks are stopped in ordinary operation ("Task", Amazon ECS API Reference: stopCode)."""


def services(environment: Deployed) -> Evidence:
    """The services with their deployments and newest events, and the cluster's instances."""
    ecs, cluster = environment.client("ecs"), environment.outputs("Services")["ClusterName"]
    arns = list(environment.resources("Services", "AWS::ECS::Service").values())
    described = ecs.describe_services(cluster=cluster, services=arns)["services"] if arns else []
    instances = ecs.describe_clusters(clusters=[cluster], include=["STATISTICS"])["clusters"]
    signs = []
    for service in described:
        service["events"] = service.get("events", [])[:MOST_EVENTS]
        signs += [
            Sign(Source.SERVICE, event["message"])
            for event in service["events"]
            if _is_new(event["createdAt"]) and not ORDINARY.search(event["message"])
        ]
        if service["runningCount"] < service["desiredCount"]:
            counts = f"{service['runningCount']} of {service['desiredCount']} tasks run"
            signs.append(Sign(Source.SERVICE, f"{service['serviceName']}: {counts}"))
    return written({"services": described, "clusters": instances}, signs)


def stopped_tasks(environment: Deployed) -> Evidence:
    """The tasks that ended lately, with their reasons."""
    ecs, cluster = environment.client("ecs"), environment.outputs("Services")["ClusterName"]
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"][:MOST_TASKS]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    tasks.sort(key=lambda task: str(task.get("stoppedAt", "")), reverse=True)
    return written(tasks, [sign for task in tasks for sign in _signs(task)])


def _signs(task: dict[str, Any]) -> list[Sign]:
    """Why a task ended, a sign for each of its containers that did not end well."""
    reason = task.get("stoppedReason", "")
    if task.get("stopCode") in BY_WISH and "failed" not in reason:
        return []
    signs = []
    for container in task["containers"]:
        code = container.get("exitCode")
        if code == 0:
            continue
        parts = (reason, container.get("reason"), code is not None and f"exit code {code}")
        signs.append(
            Sign(
                Source.TASK,
                f"{container['name']}: {'; '.join(str(part) for part in parts if part)}",
            )
        )
    return signs


def logs(environment: Deployed) -> Evidence:
    """The newest lines of all logs that others may read; what a container said lately is a sign."""
    parts, signs = [], []
    for stack, groups in resources(environment, "AWS::Logs::LogGroup").items():
        client = environment.client("logs", region=environment.region_of(stack))
        for logical_id, group in groups.items():
            if logical_id.startswith(NOT_FOR_OTHERS):
                continue
            try:
                lines = _newest(client, group)
            except ClientError as error:
                parts.append(f"== {group}: {error}\n")
                continue
            parts.append(
                f"== {group}\n" + "".join(f"{when:%F %T} {text}\n" for when, text in lines)
            )
            if "TaskLog" in logical_id:
                signs += [Sign(Source.LOG, text) for when, text in reversed(lines) if _is_new(when)]
    return Evidence("\n".join(parts), tuple(signs))


def _newest(client: Any, group: str) -> list[tuple[dt.datetime, str]]:  # noqa: ANN401 - of any region
    streams = client.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True, limit=MOST_STREAMS
    )["logStreams"]
    events = [
        (dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC), event["message"].rstrip())
        for stream in streams
        for event in client.get_log_events(
            logGroupName=group,
            logStreamName=stream["logStreamName"],
            limit=MOST_LINES,
            startFromHead=False,
        )["events"]
    ]
    return sorted(events)


def _is_new(when: dt.datetime) -> bool:
    return dt.datetime.now(dt.UTC) - when < NEW
