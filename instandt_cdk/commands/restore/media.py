"""Media come back from the bucket's versions. Nothing is lost: a change adds a version or a delete marker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from instandt_cdk.commands.deployed import CommandError, Deployed

PARALLEL_COPIES = 10
MOST_DELETIONS = 1000
"""In one request (DeleteObjects, Amazon S3 API Reference)."""
LARGEST_COPY_BYTES = 5 * 1024**3
"""In one request (CopyObject, Amazon S3 API Reference)."""


class Version(NamedTuple):
    """A version of an object, or the mark of its deletion."""

    time: datetime
    identifier: str
    size_bytes: int | None
    """None for a mark of a deletion."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What brings a bucket back."""

    back: dict[str, Version]
    """Objects that were others then, or are deleted by now."""
    hidden: list[str]
    """Objects that came later."""
    same: int

    def __str__(self) -> str:
        return f"{len(self.back)} come back, {len(self.hidden)} later ones are hidden, {self.same} stay"


@dataclass(frozen=True, kw_only=True)
class Media:
    """The media of an environment."""

    s3: Any
    bucket: str | None
    """None to leave them as they are."""
    kept_days: int

    @classmethod
    def make(cls, environment: Deployed, *, wanted: bool) -> "Media":
        """Find the bucket.

        Raises:
            CommandError: Media are wanted, but kept in a file system.
        """
        storage = environment.settings.storage
        if wanted and storage.mode != "s3":
            raise CommandError(
                'With storage.mode = "local", media are in EFS, which AWS Backup restores: start that '
                'yourself, as in "Restore an Amazon EFS file system" of its guide, and restore the database '
                "alone, with MEDIA=leave."
            )
        bucket = environment.outputs("Storage")["MediaBucketName"] if wanted else None
        return cls(s3=environment.client("s3"), bucket=bucket, kept_days=storage.old_versions_days)

    def check(self, time: datetime) -> None:
        """Refuse a time of which versions may have expired.

        Raises:
            CommandError: It is too long ago.
        """
        if self.bucket and time < datetime.now(UTC) - timedelta(days=self.kept_days):
            raise CommandError(
                f"Old versions of media are kept for {self.kept_days} days (storage.old_versions_days), so "
                "what was deleted before may be gone. To restore the database alone, add MEDIA=leave."
            )

    def changes(self, time: datetime, *, since: datetime | None = None) -> Changes:
        """Find out what would bring the bucket back to a time.

        Args:
            time: The time.
            since: When the restore began to change media. What is newer came back already, or was uploaded
                when the backend had started again, and stays.
        """
        then, now = dict[str, Version](), dict[str, Version]()
        for key, version, is_latest in self._versions():
            if is_latest:
                now[key] = version
            # S3 lists an object's versions from the newest on, and apart from them the marks of deletions.
            if version.time <= time and (key not in then or then[key].time < version.time):
                then[key] = version
        existed = {key: version for key, version in then.items() if version.size_bytes is not None}
        exist = {key: version for key, version in now.items() if version.size_bytes is not None}
        newer = {key for key, version in now.items() if since and version.time > since}
        back = {
            key: version
            for key, version in existed.items()
            if exist.get(key) != version and key not in newer
        }
        hidden = sorted(exist.keys() - existed.keys() - newer)
        return Changes(back=back, hidden=hidden, same=len(existed) - len(back))

    def restore(self, time: datetime, *, since: datetime) -> str:
        """Bring the bucket back to a time, but for what is newer than another; return what was done.

        Raises:
            CommandError: S3 could not hide an object.
        """
        if not self.bucket:
            return "left as they are"
        changes = self.changes(time, since=since)
        with ThreadPoolExecutor(PARALLEL_COPIES) as pool:
            list(pool.map(self._bring_back, changes.back, changes.back.values()))
        for first in range(0, len(changes.hidden), MOST_DELETIONS):
            keys = changes.hidden[first : first + MOST_DELETIONS]
            answer = self.s3.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
            if errors := answer.get("Errors"):
                raise CommandError(f"S3 could not hide {errors[0]['Key']}: {errors[0]['Message']}")
        return str(changes)

    def _bring_back(self, key: str, version: Version) -> None:
        """Make an old version the newest."""
        source = {"Bucket": self.bucket, "Key": key, "VersionId": version.identifier}
        if (version.size_bytes or 0) <= LARGEST_COPY_BYTES:
            self.s3.copy_object(Bucket=self.bucket, Key=key, CopySource=source)
            return
        # A copy in parts does not take over what S3 knows of the content.
        known = self.s3.head_object(**source)
        kept = {name: known[name] for name in ("ContentType", "Metadata") if name in known}
        self.s3.copy(source, self.bucket, key, ExtraArgs=kept)

    def _versions(self) -> Iterator[tuple[str, Version, bool]]:
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                version = Version(one["LastModified"], one["VersionId"], one.get("Size"))
                yield one["Key"], version, one["IsLatest"]
