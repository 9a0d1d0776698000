"""Deletes stacks, each after those that need it."""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.destroy import obstacles
from instandt_cdk.commands.destroy.stacks import StackThere
from instandt_cdk.deploy.failures import failures

POLL_SECONDS = 5
TRIES = 3
"""How often a stack is deleted. What was in the way is often gone a minute later."""
PAUSE_SECONDS = 60

Preparation = Callable[[Deployed, StackThere], Iterator[str]]


@dataclass(kw_only=True)
class _Run:
    """The deletion of a stack."""

    stack: StackThere
    tries: int = 0
    since: dt.datetime | None = None
    """When the last try began; None before the first one and after the last one."""
    reasons: str = ""
    """Why it failed for good."""


def delete(
    environment: Deployed,
    stacks: Sequence[StackThere],
    *,
    before: Mapping[str, Sequence[Preparation]],
) -> Iterator[str]:
    """Delete the stacks, several at the same time; yield a line for each step.

    Args:
        environment: Theirs.
        stacks: All that are there.
        before: What has to be done before a stack is deleted, by its title.

    Raises:
        CommandError: A stack cannot be deleted. Those that it needs stay, the others are gone.
    """
    left = [_Run(stack=stack) for stack in stacks]
    while True:
        for run in _free(left):
            for prepare in before.get(run.stack.title, ()):
                yield from prepare(environment, run.stack)
            yield f"{run.stack.title}: deleting"
            _begin(environment, run)
        under_way = [run for run in left if run.since]
        if not under_way:
            break
        time.sleep(POLL_SECONDS)
        for run in under_way:
            yield from obstacles.clear(environment, run.stack)
            yield from _look(environment, run)
        left = [run for run in left if run.since or not run.tries or run.reasons]
    if reasons := [run.reasons for run in left if run.reasons]:
        advice = "Remove the cause, and give the same command again."
        raise CommandError("\n\n".join([*reasons, advice]))


def _free(left: Sequence[_Run]) -> list[_Run]:
    """Those that nothing needs any more."""
    return [
        run
        for run in left
        if not run.tries
        and not any(run.stack.place in other.stack.needs for other in left if other is not run)
    ]


def _begin(environment: Deployed, run: _Run) -> None:
    # CloudFormation's times are less exact than the clock's.
    run.since = dt.datetime.now(dt.UTC).replace(microsecond=0)
    run.tries += 1
    client = environment.client("cloudformation", region=run.stack.place.region)
    client.delete_stack(StackName=run.stack.identifier)


def _look(environment: Deployed, run: _Run) -> Iterator[str]:
    """See how far it is; begin again if it failed."""
    client = environment.client("cloudformation", region=run.stack.place.region)
    (described,) = client.describe_stacks(StackName=run.stack.identifier)["Stacks"]
    title = run.stack.title
    if described["StackStatus"] == "DELETE_COMPLETE":
        run.since = None
        yield f"{title}: deleted"
    elif described["StackStatus"] == "DELETE_FAILED" and run.since:
        reasons = "\n".join(failures(client, run.stack.identifier, since=run.since))
        if run.tries == TRIES:
            run.since, run.reasons = None, f"{title} could not be deleted.\n{reasons}"
            return
        yield f"{title}: not deleted yet, trying again in {PAUSE_SECONDS} s:\n{reasons}"
        obstacles.empty_buckets(environment, run.stack)
        time.sleep(PAUSE_SECONDS)
        _begin(environment, run)
