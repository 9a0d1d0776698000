"""Rotation of the database's login: Secrets Manager does it, and the function tells how far it is."""

import time
from collections.abc import Iterator

from botocore.exceptions import ClientError

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.logs import Log
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
    log = Log(
        container="logins",
        group=environment.resource(
            "Services", "AWS::Logs::LogGroup", beginning="DatabaseLoginsFunctionLog"
        ),
        client=environment.client("logs"),
        # CloudWatch's clock may be a little behind.
        since=round((time.time() - PAUSE_SECONDS) * 1000),
    )
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
        for line in _news(log):
            if FAILURE in line:
                raise CommandError(f"{line.partition(FAILURE)[2]}\n{NOTHING_LOST}")
            say(f"  {line}")
        found = labelled(client, secret)
        done = found.get(DEPLOYED) == found.get(CURRENT)
        if done and found.get(PENDING) in (None, found[CURRENT]):
            for line in _news(log):
                say(f"  {line}")
            say("All tasks use the new login. The former one works until the next rotation.")
            return
        if time.monotonic() > deadline:
            raise CommandError(
                f"The rotation takes too long: read the log of the function. {NOTHING_LOST}"
            )
        time.sleep(PAUSE_SECONDS)


def _news(log: Log) -> Iterator[str]:
    """What the function itself has logged in the meantime."""
    for event in log.news():
        for line in event.text.rstrip().splitlines():
            if line and not line.startswith(OF_LAMBDA):
                yield line
