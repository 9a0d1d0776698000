"""Bring database and media back to a time or a snapshot: `make restore ENV=prod TO=2026-11-21T09:30:00Z`.

RDS restores into a second instance, beside the one that runs. When that is set as the running one is, the
backend is stopped and the names are swapped. The address follows the name, so no setting, secret or stack
changes. Nothing is deleted: the former instance is kept under another name, and media get new versions.

What is done so far is read from AWS: which instances there are, and the tag of the one that is to take over.
So the same command goes on when it was interrupted.
"""

import argparse

from instandt_cdk.commands import logins
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.restore import announcement, services, takeover
from instandt_cdk.commands.restore.instances import Instances
from instandt_cdk.commands.restore.media import Media
from instandt_cdk.commands.restore.target import offered, understood
from instandt_cdk.progress import say

HELP = "bring database and media back to a time or a snapshot"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """To when, and whether media come back as well."""
    parser.add_argument("--to", default="", help="a time with its zone, or the name of a snapshot")
    parser.add_argument(
        "--media",
        choices=("restore", "leave"),
        default="restore",
        help='"leave": restore the database alone',
    )


def run(environment: Deployed, given: argparse.Namespace) -> int:
    """Restore, or go on with it; return 0."""
    instances = Instances(environment)
    if not given.to:
        raise CommandError(f"Say to when.\n{offered(instances)}")
    asked = given.to if given.media == "restore" else f"{given.to} MEDIA={given.media}"
    under_way = instances.under_way()
    if under_way not in (None, asked):
        raise CommandError(
            f"A restore to {under_way} is under way. Finish it with TO={under_way}; its last lines say how "
            "to go back."
        )
    media = Media.make(environment, wanted=given.media == "restore")
    target = understood(given.to, instances)
    if not under_way:
        media.check(target.time)
        source = takeover.source(instances, target)
        announcement.ask(environment, instances, target, media)
        takeover.begin(instances, target, source, asked=asked)
    takeover.prepare(instances)
    services.stop_backend(environment)
    takeover.swap(instances)
    say("Giving the logins the passwords of today …")
    logins.repair(environment)
    say(f"Media: {media.restore(target.time, since=instances.retired())}.")
    services.start_backend(environment, given)
    takeover.forget(instances)
    say(announcement.done(environment, instances, media))
    return 0
