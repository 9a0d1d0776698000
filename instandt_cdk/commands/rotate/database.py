"""Rotation of the database's login: Secrets Manager does it, and the function tells how far it is."""

import time
from collections.abc import Iterator

from botocore.exceptions import ClientError

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.progress import say
from logins.versions import CURRENT, DEPLOYED, PENDING, labelled

PAUSE_SECONDS = 2.0
PATIENCE_SECONDS = 30 * 60
"""Twice what the function may take for its longest step. Then Secrets Manager has given up for now."""

OF_LAMBDA = ("START ", "END ", "REPORT ", "INIT_START ", "Traceback", " ", "\t")
"""How lines of the log begin that Lambda writes, or that only an engineer wants."""

FAILURE = "Error: "
"""What the line has that Lambda writes when the function fails: "[ERROR] LoginsError: …"."""

NOTHING_LOST = (
    "instaNDT goes on with the login that it has; the same command goes on with the rotation."
)


def rotate(environment: Deployed) -> None:
    """Have Secrets Manager rotate the login, and wait until all tasks use the new one.

    Raises:
        CommandError: A step has failed; says which and why.
    """
    secret = environment.resource(
        "Storage", "AWS::SecretsManager::Secret", beginning="DatabaseLogin"
    )
    client = environment.client("secretsmanager")
    # CloudWatch's clock may be a little behind.
    lines = _lines(environment, since=time.time() - PAUSE_SECONDS)
    try:
        client.rotate_secret(SecretId=secret)
    except ClientError as error:
        if "previous rotation" not in error.response["Error"].get("Message", ""):
            raise
        say("A rotation that was begun before goes on …")
    else:
        say("The rotation of the database's login has begun …")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        for line in next(lines):
            if FAILURE in line:
                raise CommandError(f"{line.partition(FAILURE)[2]}\n{NOTHING_LOST}")
            say(f"  {line}")
        found = labelled(client, secret)
        done = found.get(DEPLOYED) == found.get(CURRENT)
        if done and found.get(PENDING) in (None, found[CURRENT]):
            for line in next(lines):
                say(f"  {line}")
            say("All tasks use the new login. The former one works until the next rotation.")
            return
        if time.monotonic() > deadline:
            raise CommandError(
                f"The rotation takes too long: read the log of the function. {NOTHING_LOST}"
            )
        time.sleep(PAUSE_SECONDS)


def _lines(environment: Deployed, *, since: float) -> Iterator[list[str]]:
    """Yield again and again what the function has logged in the meantime."""
    (group,) = _of_logins(
        environment, "Services", "AWS::Logs::LogGroup", "DatabaseLoginsFunctionLog"
    )
    pages = environment.client("logs").get_paginator("filter_log_events")
    seen: set[tuple[str, int, str]] = set()
    while True:
        new = []
        for page in pages.paginate(logGroupName=group, startTime=round(since * 1000)):
            for event in page["events"]:
                one = (event["logStreamName"], event["timestamp"], event["message"])
                if one not in seen:
                    seen.add(one)
                    new += event["message"].rstrip().splitlines()
        yield [line for line in new if line and not line.startswith(OF_LAMBDA)]


def _of_logins(environment: Deployed, stack: str, kind: str, beginning: str) -> list[str]:
    found = environment.resources(stack, kind).items()
    return [physical_id for name, physical_id in found if name.startswith(beginning)]
