"""The media: their content, and what PostgreSQL knows about them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from local.images import database
from local.images.backend.files import Files
from local.images.backend.upload import Upload

Row = dict[str, Any]
"""A row of the database by its columns' names, with values that JSON knows."""

NEWEST_MIGRATION = "SELECT * FROM schema_migrations ORDER BY migrated_at DESC LIMIT 1"
COUNTED = """
    SELECT *, (SELECT count(*) FROM media) AS media
    FROM schema_migrations ORDER BY migrated_at DESC LIMIT 1
"""
NEWEST = "SELECT * FROM media ORDER BY uploaded_at DESC, id LIMIT CAST(:limit AS bigint)"
"""All of them if the limit is NULL."""
ONE = "SELECT * FROM media WHERE CAST(id AS text) = :id"
DELETE = "DELETE FROM media WHERE CAST(id AS text) = :id RETURNING *"
INSERT = """
    INSERT INTO media (id, name, size_in_bytes, sha256)
    VALUES (CAST(:id AS uuid), :name, :size, :sha256) RETURNING *
"""


class NoSchemaError(Exception):
    """No migration has run yet."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Media, each with its content in the files and its row in the database.

    Every method may also raise what the database or the files raise.
    """

    connect: Callable[[], database.Connection]
    files: Files

    def schema(self) -> Row:
        """Return the newest migration.

        Raises:
            NoSchemaError: There is none.
        """
        return self._newest(NEWEST_MIGRATION)

    def schema_and_count(self) -> tuple[Row, int]:
        """Return the newest migration and the number of media, for which one login must do.

        Raises:
            NoSchemaError: There is no migration.
        """
        schema = self._newest(COUNTED)
        return schema, int(schema.pop("media"))

    def media(self, *, limit: int | None = None) -> list[Row]:
        """Return the newest media, or all, the newest first."""
        return self._query(NEWEST, limit=limit)

    def find(self, medium_id: str) -> Row | None:
        """Return one medium, or None."""
        return next(iter(self._query(ONE, id=medium_id)), None)

    def open(self, medium: Row) -> BinaryIO:
        """Return a medium's content."""
        return self.files.open(_file(medium["id"]))

    def add(self, upload: Upload, *, name: str) -> Row:
        """Store the content, then its row; if there can be no row, the content is removed."""
        medium_id = str(uuid.uuid4())
        self.files.add(_file(medium_id), upload)
        size, sha256 = upload.size_bytes, upload.sha256
        try:
            return self._query(INSERT, id=medium_id, name=name, size=size, sha256=sha256)[0]
        except Exception:
            self.files.remove(_file(medium_id))
            raise

    def remove(self, medium_id: str) -> None:
        """Remove a medium's row, then its content; what nobody knows of does no harm."""
        if self._query(DELETE, id=medium_id):
            self.files.remove(_file(medium_id))

    def _newest(self, statement: str) -> Row:
        for row in self._query(statement):
            return row
        raise NoSchemaError("no migration has run yet")

    def _query(self, statement: str, **values: object) -> list[Row]:
        connection = self.connect()
        try:
            rows = connection.run(statement, **values)
            names = [column["name"] for column in connection.columns]
        finally:
            connection.close()
        return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case uuid.UUID():
            return str(value)
        case _:
            return value


def _file(medium_id: str) -> str:
    return f"media/{medium_id}"
