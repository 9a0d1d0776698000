"""What would hurt of a change to what must not be lost."""

from collections.abc import Iterator

from instandt_cdk.changes import harms
from instandt_cdk.changes.difference import Change, Fate
from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.stacks import Json

TO_BE_FILLED = ("{}", None)
"""The text of a secret that a function fills; None for a secret without a value."""

_SECRET = ("GenerateSecretString", "SecretString")


def database(change: Change) -> Iterator[Harm]:
    """A database instance."""
    if change.fate is not Fate.CHANGED:
        yield harms.DATABASE_REPLACED
        return
    # RDS itself looks after the minor version.
    old, new = (int(version.partition(".")[0]) for version in change.values("EngineVersion"))
    if new < old:
        yield harms.ENGINE_LOWERED
    elif new > old:
        yield harms.ENGINE_RAISED
    if change.differs("DBInstanceClass"):
        yield harms.DATABASE_RESTARTED
    if _falls(*change.values("AllocatedStorage")):
        yield harms.DATABASE_SHRUNK
    if _falls(*change.values("BackupRetentionPeriod")):
        yield harms.BACKUPS_SHORTENED


def bucket(change: Change) -> Iterator[Harm]:
    """A bucket. What expires in it by itself are logs, which go with what wrote them."""
    sides = change.values("LifecycleConfiguration")
    expiry = [_days(side, "ExpirationInDays") for side in sides]
    if change.fate is not Fate.CHANGED:
        if expiry[0] is None:
            yield from store(change)
        return
    if _falls(*expiry):
        yield harms.LOGS_SHORTENED
    if _falls(*(_days(side, "NoncurrentVersionExpiration", "NoncurrentDays") for side in sides)):
        yield harms.VERSIONS_SHORTENED


def store(change: Change) -> Iterator[Harm]:
    """A file system, or another store of data."""
    if change.fate is not Fate.CHANGED:
        yield harms.LOST if change.before.is_deleted else harms.LEFT


def secret(change: Change) -> Iterator[Harm]:
    """A secret. One that is composed from others, or from what the operator types, can be made again."""
    generated, given = (change.before.properties.get(name) for name in _SECRET)
    is_unique = generated or given in TO_BE_FILLED
    if change.fate is Fate.CHANGED:
        # Changed rules make a new value, and a changed text overwrites what a function has written
        # ("AWS::SecretsManager::Secret", AWS CloudFormation Template Reference).
        if is_unique and change.differs(*_SECRET):
            yield harms.NEW_VALUE
    elif not change.before.is_deleted and "Name" in change.before.properties:
        yield harms.KEPT_NAME
    elif is_unique:
        yield from store(change)


def key(change: Change) -> Iterator[Harm]:
    """An encryption key: without it, what it encrypted cannot be read. One that stays does no harm."""
    if change.fate is not Fate.CHANGED and change.before.is_deleted:
        yield harms.LOST


def log_group(change: Change) -> Iterator[Harm]:
    """A log group. One whose writer is gone goes with it, unless the removal policy keeps it."""
    if change.fate is Fate.CHANGED and _falls(*change.values("RetentionInDays")):
        yield harms.LOGS_SHORTENED


def _falls(before: Json, after: Json) -> bool:
    """Whether a number gets smaller. CloudFormation writes some numbers as texts."""
    return before is not None and after is not None and int(after) < int(before)


def _days(lifecycle: Json, *path: str) -> int | None:
    """The least number of days in the rules of a bucket's lifecycle."""

    def found(rule: Json) -> Iterator[int]:
        for name in path:
            rule = rule.get(name, {})
        if rule:
            yield int(rule)

    return min(
        (days for rule in (lifecycle or {}).get("Rules", ()) for days in found(rule)), default=None
    )
