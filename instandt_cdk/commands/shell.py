"""Open a shell in a container that runs. Its transcript goes into the container's log."""

import argparse
from typing import Any

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.terminal import check_programs, hand_over
from instandt_cdk.progress import say

HELP = "open a shell in a container"
AGENT = "ExecuteCommandAgent"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The container's name."""
    parser.add_argument(
        "--container", default="backend", choices=("backend", "frontend"), help="which one"
    )


def run(environment: Deployed, given: argparse.Namespace) -> int:
    """Hand the terminal over to a shell in the newest task that has one."""
    check_programs()
    cluster = environment.outputs("Services")["ClusterName"]
    task = _task(environment, cluster, given.container)
    say(f"A shell in the {given.container} of {task.rpartition('/')[2]}; exit ends it.")
    hand_over(
        [
            *("ecs", "execute-command", "--cluster", cluster, "--task", task),
            *("--container", given.container, "--interactive", "--command", "/bin/sh"),
        ],
        region=environment.settings.aws.region,
    )


def _task(environment: Deployed, cluster: str, container: str) -> str:
    """Return the ARN of the newest running task whose container takes sessions.

    Raises:
        CommandError: There is none.
    """
    ecs, settings = environment.client("ecs"), environment.settings
    family = settings.names.task_family(container)
    arns = ecs.list_tasks(cluster=cluster, family=family, desiredStatus="RUNNING")["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    if not tasks:
        raise CommandError(
            f"No task of the {container} runs; `make bundle ENV={settings.environment}` looks for the reason."
        )
    ready = [
        task for task in tasks if task.get("enableExecuteCommand") and _agent_runs(task, container)
    ]
    if not ready:
        raise CommandError(
            f"No task of the {container} takes sessions. A container with {container}.read_only_root = true "
            "never does; otherwise its task has just started, or is older than that setting: try again in a "
            "minute, or deploy."
        )
    return str(max(ready, key=lambda task: task["startedAt"])["taskArn"])


def _agent_runs(task: dict[str, Any], container: str) -> bool:
    """Whether ECS's agent for sessions runs in the container ("ManagedAgent", Amazon ECS API Reference)."""
    return any(
        agent["name"] == AGENT and agent["lastStatus"] == "RUNNING"
        for one in task["containers"]
        if one["name"] == container
        for agent in one.get("managedAgents", [])
    )
