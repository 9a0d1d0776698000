"""Replacement of the JWT keys. The labels of their versions tell how far it is.

A new value is pending first, then current; the label "AWSPENDING" goes when all tasks have it.
"""

import secrets
import string

from instandt_cdk.commands.confirmation import confirm
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.progress import say
from logins.errors import LoginsError
from logins.services import Services
from logins.versions import CURRENT, PENDING, labelled

KEYS = ("JwtKey", "JwtPatKey")
"""How the logical ids of the secrets begin, and go on with a hash."""

HASH_LENGTH = 8
KEY_LENGTH = 64
ALPHABET = string.ascii_letters + string.digits

ANNOUNCEMENT = """This replaces the keys with which instaNDT signs sessions and personal access tokens:
  - Everybody is signed out and has to sign in again.
  - Every personal access token ends for good: scripts and devices that use one need a new one.
  - Uploads on their way end normally. While the tasks are replaced, for some minutes, whoever signs in may
    be signed out once more.
"""


def rotate(environment: Deployed) -> None:
    """Replace the keys, then the tasks of every service that uses them.

    Raises:
        CommandError: It was not confirmed, or new tasks do not become healthy.
    """
    client = environment.client("secretsmanager")
    found = environment.resources("Secrets", "AWS::SecretsManager::Secret").items()
    keys = [arn for name, arn in found if name[:-HASH_LENGTH] in KEYS]
    labels = {key: labelled(client, key) for key in keys}
    if any(PENDING in one for one in labels.values()):
        say("A replacement that was begun before goes on …")
    else:
        say(ANNOUNCEMENT)
        confirm(environment.settings.environment)
    # A key that lost the label before the others is done with.
    is_current = any(one.get(PENDING) == one[CURRENT] for one in labels.values())
    for key, one in labels.items():
        if PENDING not in one and not is_current:
            value = "".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH))
            client.put_secret_value(SecretId=key, SecretString=value, VersionStages=[PENDING])
    for key in keys:
        now = labelled(client, key)
        if now.get(PENDING, now[CURRENT]) != now[CURRENT]:
            client.update_secret_version_stage(
                SecretId=key,
                VersionStage=CURRENT,
                MoveToVersionId=now[PENDING],
                RemoveFromVersionId=now[CURRENT],
            )
    say("There are new keys. The tasks are replaced, one service after the other …")
    _replace(environment, keys)
    for key in keys:
        if pending := labelled(client, key).get(PENDING):
            client.update_secret_version_stage(
                SecretId=key, VersionStage=PENDING, RemoveFromVersionId=pending
            )
    say("All tasks use the new keys.")


def _replace(environment: Deployed, keys: list[str]) -> None:
    services = Services(
        cluster=environment.settings.names.cluster,
        secrets=frozenset(keys),
        client=environment.client("ecs"),
        tell=say,
    )
    try:
        services.replace()
    except LoginsError as error:
        raise CommandError(f"{error} The same command goes on with the replacement.") from None
