"""The section [storage]."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from instandt_cdk.settings.section import Region, Section, Text

TIERING_BEFORE_ARCHIVE_DAYS = 30
"""S3 bills and, between some classes, insists on a month in a class before the next ("Transitioning objects
using Amazon S3 Lifecycle", Amazon S3 User Guide)."""

LONGEST_DAYS = 36500

ONLY_WITH = {
    "mount_path": "local",
    "intelligent_tiering_after_days": "s3",
    "archive_after_days": "s3",
    "old_versions_days": "s3",
    "replica_region": "s3",
}
"""The mode in which a key has a meaning."""


class StorageSettings(Section):
    """Where the backend keeps images. Choose the mode before the first deployment: images are not moved."""

    mode: Literal["s3", "local"] = "s3"
    """"s3" is a bucket, the cheaper choice, and the one with old versions and a copy elsewhere. "local" is
    the file system of the backend's container: an encrypted EFS file system that all copies share, with
    daily backups if operations.removal_policy = "retain"."""

    mount_path: Annotated[
        str,
        Text(
            r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+",
            "an absolute path below the root",
            "/var/lib/instandt",
        ),
    ] = "/var/lib/instandt"
    """For mode = "local": the directory in the backend's container in which it keeps images. instaNDT's
    documentation names none; ask the vendor, for what is written elsewhere is lost with the container."""

    intelligent_tiering_after_days: int = Field(default=30, ge=0, le=LONGEST_DAYS)
    """The age in days at which an image moves to Intelligent-Tiering, where S3 makes it cheaper while nobody
    reads it and reading costs nothing extra; 0 is at once."""

    archive_after_days: int | None = Field(default=None, ge=1, le=LONGEST_DAYS)
    """The age in days at which an image moves to Glacier Instant Retrieval: the cheapest class that can be
    read at once, with a fee for reading and for deletion within 90 days. The classes below it are not
    offered, for instaNDT cannot read what has to be restored first. Without it, images stay in
    Intelligent-Tiering."""

    old_versions_days: int = Field(default=90, ge=1, le=LONGEST_DAYS)
    """How many days a deleted or overwritten image can still be brought back."""

    replica_region: Region | None = None
    """Another region that gets a copy of each new image, under a key of its own; without it there is none. A
    deleted image is deleted there too, and can be brought back for old_versions_days. Images from before
    this setting are copied by S3 Batch Replication, which you start."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A key must have a meaning in the mode; the archive comes well after the tiering."""
        for key, mode in ONLY_WITH.items():
            if key in self.model_fields_set and mode != self.mode:
                yield (
                    key,
                    f'has a meaning with mode = "{mode}" only, but mode is "{self.mode}"; remove it',
                )
        earliest = self.intelligent_tiering_after_days + TIERING_BEFORE_ARCHIVE_DAYS
        if self.archive_after_days is not None and self.archive_after_days < earliest:
            yield (
                "archive_after_days",
                f"is less than {TIERING_BEFORE_ARCHIVE_DAYS} days after intelligent_tiering_after_days = "
                f"{self.intelligent_tiering_after_days}; choose {earliest} or more",
            )
