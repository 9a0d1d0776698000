"""The media: files, and what is known about them in PostgreSQL."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.images import database
from local.images.backend.files import Files, Readable
from local.images.backend.upload import Upload

SELECT = "SELECT id, name, size_in_bytes, sha256, uploaded_at FROM media"

_Row = list[Any]
_Rows = list[_Row]


@dataclass(frozen=True, kw_only=True)
class Medium:
    """What is known about a file."""

    id: str
    name: str
    size_in_bytes: int
    sha256: str
    uploaded_at: str


@dataclass(frozen=True, kw_only=True)
class Schema:
    """How far the migrations have brought the database."""

    version: str
    migrated_at: str


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Files and what is known about them, kept together.

    Args:
        connect: Opens a connection to the database.
        files: Where the files are.
    """

    connect: Callable[[], database.Connection]
    files: Files

    def schema(self) -> Schema:
        """Return the newest migration.

        Raises:
            OSError: The database does not answer.
            LookupError: The database has no schema yet.
        """
        rows = self._query(
            "SELECT version, migrated_at FROM schema_migrations ORDER BY migrated_at DESC LIMIT 1"
        )
        if not rows:
            raise LookupError("no migration has run yet")
        version, migrated_at = rows[0]
        return Schema(version=version, migrated_at=_utc(migrated_at))

    def count(self) -> int:
        """Return the number of media."""
        return int(self._query("SELECT count(*) FROM media")[0][0])

    def media(self) -> list[Medium]:
        """Return all media, the newest first."""
        return [_medium(row) for row in self._query(f"{SELECT} ORDER BY uploaded_at DESC, id")]

    def find(self, medium_id: str) -> Medium | None:
        """Return one medium, or None."""
        try:
            key = str(uuid.UUID(medium_id))
        except ValueError:
            return None
        rows = self._query(f"{SELECT} WHERE id = CAST(:id AS uuid)", id=key)
        return _medium(rows[0]) if rows else None

    def open(self, medium: Medium) -> Readable:
        """Return a medium's content."""
        return self.files.open(_name(medium.id))

    def add(self, upload: Upload, *, name: str) -> Medium:
        """Store an upload: the file first, then its row; without a row no file is left.

        Raises:
            TooLargeError, MalformedError: The upload cannot be taken; nothing was stored.
        """
        medium_id = str(uuid.uuid4())
        self.files.add(_name(medium_id), upload)
        try:
            rows = self._query(
                "INSERT INTO media (id, name, size_in_bytes, sha256)"
                " VALUES (CAST(:id AS uuid), :name, :size, :sha256)"
                " RETURNING id, name, size_in_bytes, sha256, uploaded_at",
                id=medium_id,
                name=name,
                size=upload.size_bytes,
                sha256=upload.sha256,
            )
        except Exception:
            self.files.remove(_name(medium_id))
            raise
        return _medium(rows[0])

    def _query(self, statement: str, **values: object) -> _Rows:
        connection = self.connect()
        try:
            return connection.run(statement, **values) or []
        finally:
            connection.close()


def _medium(row: _Row) -> Medium:
    medium_id, name, size_in_bytes, sha256, uploaded_at = row
    return Medium(
        id=str(medium_id),
        name=name,
        size_in_bytes=size_in_bytes,
        sha256=sha256,
        uploaded_at=_utc(uploaded_at),
    )


def _name(medium_id: str) -> str:
    return f"media/{medium_id}"


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
