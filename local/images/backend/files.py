"""Where the files of media are: a bucket, or a directory that outlives the container."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from boto3.s3.transfer import TransferConfig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRANSFER = TransferConfig(use_threads=False)
"""One part at a time, so that an upload of any size needs the memory of one part (8 MiB)."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, amount: int = -1, /) -> bytes:
        """Return as many bytes, fewer only at the end."""


class Files(Protocol):
    """Contents by their names."""

    def open(self, name: str) -> Readable:
        """Return a content."""

    def add(self, name: str, content: Readable) -> None:
        """Store a content; if it cannot be read to its end, nothing is left."""

    def remove(self, name: str) -> None:
        """Remove a content."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Contents as a bucket's objects.

    Args:
        s3: The client for the bucket.
        name: The bucket's name.
    """

    s3: "S3Client"
    name: str

    def open(self, name: str) -> Readable:
        """Return an object's content."""
        return self.s3.get_object(Bucket=self.name, Key=name)["Body"]

    def add(self, name: str, content: Readable) -> None:
        """Store an object; S3 has it whole or not at all."""
        self.s3.upload_fileobj(cast("BinaryIO", content), self.name, name, Config=TRANSFER)

    def remove(self, name: str) -> None:
        """Remove an object."""
        self.s3.delete_object(Bucket=self.name, Key=name)


@dataclass(frozen=True)
class Directory:
    """Contents as files below a directory.

    Args:
        path: The directory, where the container's platform keeps files for it.
    """

    path: Path

    def open(self, name: str) -> Readable:
        """Open a file."""
        return (self.path / name).open("rb")

    def add(self, name: str, content: Readable) -> None:
        """Write a file, which has its name only when it is whole."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        try:
            with unfinished.open("wb") as target:
                copyfileobj(content, target)
            unfinished.rename(file)
        finally:
            unfinished.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink()
