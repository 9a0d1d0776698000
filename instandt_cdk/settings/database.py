"""The section [database]."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, field_validator

from instandt_cdk.settings.limits import postgresql
from instandt_cdk.settings.section import Section, Text, refused

LARGEST_GIB = 65536
"""The largest storage ("Amazon RDS DB instance storage", Amazon RDS User Guide). The storage to begin with
leaves it room to grow."""


class DatabaseSettings(Section):
    """The PostgreSQL database."""

    instance_class: Annotated[
        str, Text(r"[a-z]\d+[a-z]*\.[a-z0-9]+", 'an instance class without "db."', "m7g.large")
    ] = "m7g.large"
    """The instance class without "db.", for example "t4g.micro" for a trial."""

    engine_version: Literal["15", "16", "17", "18"] = "17"
    """The major version of PostgreSQL. RDS begins with a recent minor version and applies later ones
    automatically, in the maintenance window."""

    storage_gib: int = Field(default=50, ge=20, le=LARGEST_GIB * 10 // 11)
    """The storage to start with, in GiB."""

    maximum_storage_gib: int = Field(default=500, ge=22, le=LARGEST_GIB)
    """The size up to which RDS may grow the storage, in GiB. It must be at least 10 % more than
    `storage_gib`."""

    name: Annotated[
        str, Text(r"[a-z][a-z0-9_]*", "a name of lower-case letters, digits and _", "instandt", 63)
    ] = "instandt"
    """The database's name, which the vendor's migration expects: nothing tells it another one. Choose it
    before the first deployment."""

    require_tls: bool = True
    """Whether PostgreSQL refuses connections without TLS. Turn it off only for a version of instaNDT that
    cannot use TLS: then data pass between containers and database in clear, though inside the private
    network."""

    rotation_days: int = Field(default=30, ge=1, le=1000)
    """After how many days the application's login is replaced by another with a new password, and its tasks
    with it, one by one. `make rotate` does so at once. RDS replaces the master's password itself, every
    week."""

    multi_az: bool = True
    """Whether a standby in another zone takes over if the database's zone fails."""

    backup_days: int = Field(default=14, ge=1, le=35)
    """For how many days back the database can be restored to any point in time."""

    snapshot_days: int = Field(default=35, ge=1, le=36500)
    """How many days AWS Backup keeps the snapshot that it makes each day, unless operations.removal_policy is
    "destroy". With storage.replica_region it keeps a copy there as long. Another number holds for new
    snapshots."""

    @property
    def memory_bytes(self) -> int:
        """The memory of the instance class."""
        return postgresql.memory_gib(self.instance_class) * 1024**3

    @property
    def maximum_connections(self) -> int:
        """How many connections PostgreSQL accepts by RDS's default.

        RDS counts only the memory that its own processes leave, so that they are somewhat fewer ("Quotas and
        constraints for Amazon RDS", maximum number of database connections, Amazon RDS User Guide).
        """
        return min(self.memory_bytes // 9_531_392, 5000)

    @field_validator("instance_class")
    @classmethod
    def _supported_class(cls, value: str) -> str:
        family, _, size = value.partition(".")
        if family not in postgresql.INSTANCE_SIZES:
            raise refused(
                f'is of the family "{family}", which is not supported here; '
                f"choose one of {', '.join(postgresql.INSTANCE_SIZES)}"
            )
        if size not in postgresql.INSTANCE_SIZES[family]:
            raise refused(
                f'is of a size that "{family}" does not have; '
                f"choose one of {', '.join(postgresql.INSTANCE_SIZES[family])}"
            )
        return value

    @field_validator("name")
    @classmethod
    def _free_name(cls, value: str) -> str:
        if value in postgresql.TAKEN_NAMES:
            raise refused("is a database of PostgreSQL's or of RDS's own; choose another name")
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The storage must have room to grow."""
        # RDS requires at least 10 % more ("Managing capacity automatically", Amazon RDS User Guide).
        if self.maximum_storage_gib * 10 < self.storage_gib * 11:
            yield (
                "maximum_storage_gib",
                f"leaves no room to grow from storage_gib = {self.storage_gib}; choose at least 10 % more",
            )
