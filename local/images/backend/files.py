"""Where the content of media is kept: in a bucket, or in a directory that outlives the container."""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from local.images.backend.upload import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COPY_BYTES = 1024**2

Readable = Upload | IO[bytes]


@dataclass(frozen=True)
class Bucket:
    """Contents as objects of the bucket of that name."""

    bucket: str

    @cached_property
    def _s3(self) -> "S3Client":
        # Imported late: boto3 and its client would double the CPU time of the image's start.
        import boto3

        return boto3.Session().client("s3")

    def open(self, name: str) -> BinaryIO:
        """Return an object's content."""
        return cast("BinaryIO", self._s3.get_object(Bucket=self.bucket, Key=name)["Body"])

    def add(self, name: str, content: Readable) -> None:
        """Store an object; if the content breaks off, S3 keeps nothing."""
        from boto3.s3.transfer import TransferConfig

        # Without threads of its own, boto3 holds one part of 8 MiB at a time in memory.
        one_by_one = TransferConfig(use_threads=False)
        self._s3.upload_fileobj(cast("BinaryIO", content), self.bucket, name, Config=one_by_one)

    def remove(self, name: str) -> None:
        """Remove an object."""
        self._s3.delete_object(Bucket=self.bucket, Key=name)


@dataclass(frozen=True)
class Directory:
    """Contents as files below a directory, which the container's platform keeps."""

    path: Path

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        return (self.path / name).open("rb")

    def add(self, name: str, content: Readable) -> None:
        """Write a file, which gets its name only when it is complete."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        try:
            with unfinished.open("wb") as target:
                shutil.copyfileobj(content, target, COPY_BYTES)
            unfinished.rename(file)
        finally:
            unfinished.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink()


@dataclass(frozen=True)
class Buffered:
    """Contents that are kept in a temporary file until they are complete, and then stored."""

    files: Bucket | Directory

    def open(self, name: str) -> BinaryIO:
        """Return what was stored."""
        return self.files.open(name)

    def add(self, name: str, content: Readable) -> None:
        """Receive the content, then store it."""
        with tempfile.TemporaryFile() as buffer:
            shutil.copyfileobj(content, buffer, COPY_BYTES)
            buffer.seek(0)
            self.files.add(name, buffer)

    def remove(self, name: str) -> None:
        """Remove what was stored."""
        self.files.remove(name)


Files = Bucket | Directory | Buffered
