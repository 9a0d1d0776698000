"""The section [storage]."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, field_validator

from instandt_cdk.settings.limits.directories import SYSTEM_DIRECTORIES
from instandt_cdk.settings.section import Region, Section, Text, refused

TIERING_BEFORE_ARCHIVE_DAYS = 30
"""S3 bills at least a month in a storage class, and between some classes requires it ("Transitioning objects
using Amazon S3 Lifecycle", Amazon S3 User Guide)."""

LONGEST_DAYS = 36500

MODE_OF_KEY = {
    "mount_path": "local",
    "intelligent_tiering_after_days": "s3",
    "archive_after_days": "s3",
    "old_versions_days": "s3",
    "replica_region": "s3",
}
"""The mode in which a key is used."""


class StorageSettings(Section):
    """Where the backend stores media. Choose the mode before the first deployment: media are not moved."""

    mode: Literal["s3", "local"] = "s3"
    """"s3": a bucket, which is cheaper, keeps old versions and can have a replica. "local": an encrypted EFS
    file system, mounted into the backend's container and shared by all its copies, with daily backups if
    operations.removal_policy = "retain"."""

    mount_path: Annotated[
        str,
        Text(
            r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+",
            "an absolute path below the root",
            "/var/lib/instandt",
        ),
    ] = "/var/lib/instandt"
    """For mode = "local": the directory in the backend's container where it stores media. instaNDT's
    documentation does not name it, so ask the vendor: files elsewhere are lost with the container. What the
    image has there is hidden, so directories of the operating system are refused."""

    intelligent_tiering_after_days: int = Field(default=30, ge=0, le=LONGEST_DAYS)
    """The age in days at which media move to Intelligent-Tiering. There S3 lowers the price of media that
    nobody reads, and reading costs nothing extra. 0 means at once."""

    archive_after_days: int | None = Field(
        default=None, ge=TIERING_BEFORE_ARCHIVE_DAYS, le=LONGEST_DAYS
    )
    """The age in days at which media move to Glacier Instant Retrieval, with fees for reading and for
    deletion within 90 days. It is the cheapest class that can be read at once; instaNDT cannot read media
    that must be restored first. Without it, media stay in Intelligent-Tiering."""

    old_versions_days: int = Field(default=90, ge=1, le=LONGEST_DAYS)
    """How many days deleted or overwritten media can still be restored."""

    replica_region: Region | None = None
    """Another region that keeps a replica of all new media, and of the database's daily snapshots, encrypted
    with its own key; without it there is none. Deleted media are deleted there too, and can be restored for
    old_versions_days. To copy older media, start S3 Batch Replication yourself."""

    @field_validator("mount_path")
    @classmethod
    def _hides_no_system(cls, value: str) -> str:
        path = PurePosixPath(value)
        for system in SYSTEM_DIRECTORIES:
            if path.is_relative_to(system) or PurePosixPath(system).is_relative_to(path):
                raise refused(
                    f"would hide what the container needs in {system}; choose a directory for media "
                    "only, such as /var/lib/instandt"
                )
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A key must be used by the mode, and archiving must come long enough after tiering."""
        for key, mode in MODE_OF_KEY.items():
            if key in self.model_fields_set and mode != self.mode:
                yield (
                    key,
                    f'is used with mode = "{mode}" only, but mode is "{self.mode}"; remove it',
                )
        earliest = self.intelligent_tiering_after_days + TIERING_BEFORE_ARCHIVE_DAYS
        if self.archive_after_days is not None and self.archive_after_days < earliest:
            yield (
                "archive_after_days",
                f"is less than {TIERING_BEFORE_ARCHIVE_DAYS} days after intelligent_tiering_after_days = "
                f"{self.intelligent_tiering_after_days}; choose {earliest} or more",
            )
