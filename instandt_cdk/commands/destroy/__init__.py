"""Take an environment down: its stacks, and what AWS has made beside them.

What its removal policy protects is refused until the protection is taken off deliberately. Media and logs are
kept then, and the database as a final snapshot. In the end everything that is left is listed, with its
price.
"""

import argparse
from collections.abc import Mapping, Sequence

from instandt_cdk.commands.confirmation import confirm
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.destroy import databases, obstacles, protections, vaults
from instandt_cdk.commands.destroy.deletion import Preparation, delete
from instandt_cdk.commands.destroy.remains import DATABASE, log_groups, remains, sweep
from instandt_cdk.commands.destroy.stacks import StackThere, stacks
from instandt_cdk.progress import say

HELP = "take an environment down and say what is left"

BEFORE: Mapping[str, Sequence[Preparation]] = {
    "Storage": (databases.retire, vaults.empty),
    "Replica": (vaults.empty,),
    "Network": (obstacles.await_cloudfront,),
}
"""What has to be done before a stack can be deleted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to lift what protects it."""
    parser.add_argument(
        "--unprotect", action="store_true", help="take the protection from deletion off first"
    )


def run(environment: Deployed, given: argparse.Namespace) -> int:
    """Take it down; return 0. Interrupted, the same command goes on.

    Raises:
        CommandError: Something is protected, was not confirmed, or could not be deleted.
    """
    found = stacks(environment)
    logs_go = not (
        environment.settings.operations.is_protected
        or any(stack.keeps_something for stack in found)
    )
    if found:
        protected = list(protections.protections(environment, found))
        if protected and not given.unprotect:
            raise CommandError(_refusal(environment, [one.text for one in protected]))
        _announce(environment, found, logs_go=logs_go)
        confirm(environment.settings.environment)
        for one in protected:
            one.lift()
            say(f"{one.text[:-1]}: no longer.")
        for line in delete(environment, found, before=BEFORE):
            say(line)
    elif logs_go:
        _confirm_logs(environment)
    for line in sweep(environment, logs_go=logs_go):
        say(line)
    left = remains(environment)
    name = environment.settings.environment
    if not left:
        say(f"Nothing is left of {name}.")
        return 0
    say(f"\nThis is left of {name}:\n")
    for remain in left:
        say(f"  {remain.kind} {remain.name} in {remain.region}: {remain.price}\n    → {remain.way}")
    if any(remain.kind == DATABASE for remain in left):
        say(
            f"\nTo come back, deploy {name} again, then `make restore ENV={name} MEDIA=leave TO=` with the "
            "name of the snapshot, and copy what is left of the media: a bucket with `aws s3 sync`."
        )
    return 0


def _confirm_logs(environment: Deployed) -> None:
    """Ask before logs are deleted that the stacks may have kept, with the removal policy that they had."""
    regions = environment.settings.regions
    if logs := [name for region in regions for name in log_groups(environment, region)]:
        say(f"This deletes for ever the logs that are left: {', '.join(logs)}.")
        confirm(environment.settings.environment)


def _refusal(environment: Deployed, protected: list[str]) -> str:
    name = environment.settings.environment
    return "\n".join(
        [
            *protected,
            f"Nothing was deleted. `make destroy ENV={name} UNPROTECT=yes` takes the protection off and goes "
            "on. Media and logs stay then, and the database as a final snapshot.",
        ]
    )


def _announce(environment: Deployed, found: list[StackThere], *, logs_go: bool) -> None:
    name = environment.settings.environment
    say(f"This takes {name} down: {', '.join(stack.title for stack in found)}.")
    lost = list(dict.fromkeys(thing for stack in found for thing in stack.lost))
    if logs_go:
        lost.append("logs")
    if lost:
        say(f"It deletes for ever: {', '.join(lost)}.")
