"""Serve the API: health, version, and media that are kept in PostgreSQL and in a bucket or a directory."""

import functools
from dataclasses import asdict
from http import HTTPStatus
from typing import BinaryIO, cast
from urllib.parse import parse_qs, quote, urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.images import contract, database, server
from local.images.backend.files import Bucket, Directory, Files
from local.images.backend.media import Archive
from local.images.backend.upload import MalformedError, TooLargeError, Upload

CONTAINER_PORT = 8080
VARIABLES = (
    "CI_ENVIRONMENT_SLUG",
    "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES",
    "EMAIL_SENDER",
    "EMAIL_TOKEN_EXPIRY_DURATION_SECS",
    "JWT_PAT_SECRET_KEY",
    "JWT_SECRET_KEY",
    "ORIGIN",
    "POSTGRES_CONNECTION_STRING",
    "PUBLIC_COMMIT_HASH",
    "PUBLIC_COOKIE_DOMAIN",
    "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB",
    "PUBLIC_VERSION_STRING",
    "STORAGE_MODE",
    "USE_GRAFANA_LOKI_LOGGER",
    "VERIFY_EMAIL_TOKEN_EXPIRY_DURATION_SECS",
)
COPY_BYTES = 256 * 1024
LINGERING_BYTES = 512 * 1024 * 1024


class Backend(server.Handler):
    """The API's routes."""

    image = "backend"
    archive: Archive
    limit_bytes: int
    storage_mode: str

    def get(self) -> None:
        """Answer health, version, the list of media, or one medium's content."""
        path = urlsplit(self.path).path
        try:
            match path.strip("/").split("/"):
                case ["api", "health"]:
                    self._health()
                case ["api", "version"]:
                    self._version()
                case ["api", "media"]:
                    media = [asdict(medium) for medium in self.archive.media()]
                    self.answer_json(HTTPStatus.OK, {"media": media})
                case ["api", "media", medium_id]:
                    self._download(medium_id)
                case _:
                    self._error(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")
        except (OSError, LookupError, database.Error, BotoCoreError, ClientError) as error:
            self._unavailable(error)

    def post(self) -> None:
        """Take an upload."""
        address = urlsplit(self.path)
        if address.path != "/api/media":
            self._error(HTTPStatus.NOT_FOUND, f"there is nothing at {address.path}")
            return
        name = parse_qs(address.query).get("name", ["unnamed"])[0]
        try:
            body = cast("BinaryIO", self.rfile)
            upload = Upload(body, dict(self.headers), limit_bytes=self.limit_bytes)
            medium = self.archive.add(upload, name=name)
        except TooLargeError as error:
            self._error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
            self._linger()
        except MalformedError as error:
            self._error(HTTPStatus.BAD_REQUEST, str(error))
        except (OSError, database.Error, BotoCoreError, ClientError) as error:
            self._unavailable(error)
            self._linger()
        else:
            self.answer_json(HTTPStatus.CREATED, asdict(medium))

    def _health(self) -> None:
        self.archive.schema()
        self.answer_json(HTTPStatus.OK, {"status": "ok"})

    def _version(self) -> None:
        self.answer_json(
            HTTPStatus.OK,
            {
                "version": contract.version(),
                "schema": asdict(self.archive.schema()),
                "storage_mode": self.storage_mode,
                "media": self.archive.count(),
            },
        )

    def _download(self, medium_id: str) -> None:
        medium = self.archive.find(medium_id)
        if medium is None:
            self._error(HTTPStatus.NOT_FOUND, f"there is no medium {medium_id}")
            return
        content = self.archive.open(medium)
        self.start(
            HTTPStatus.OK,
            content_type="application/octet-stream",
            length_bytes=medium.size_in_bytes,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(medium.name)}"},
        )
        while part := content.read(COPY_BYTES):
            self.write(part)

    def _unavailable(self, error: Exception) -> None:
        print(f"backend: {database.reason(error)}", flush=True)
        if not self.status:
            self._error(HTTPStatus.SERVICE_UNAVAILABLE, "the service is not ready, try again")

    def _error(self, status: HTTPStatus, message: str) -> None:
        self.answer_json(status, {"error": message})

    def _linger(self) -> None:
        # Closing with unread data resets the connection, and the client may never read the answer
        # (RFC 9112, section 9.6): read on for a while.
        self.wfile.flush()
        self.connection.settimeout(2)
        for _ in range(LINGERING_BYTES // COPY_BYTES):
            if not self.rfile.read1(COPY_BYTES):
                break


def main() -> None:
    """Check the environment, then serve until told to stop."""
    values = contract.environment(Backend.image, VARIABLES)
    try:
        fields = database.parse_connection_string(values["POSTGRES_CONNECTION_STRING"])
    except ValueError as error:
        contract.stop(f"backend cannot start: {error}", code=contract.CONTRACT_BROKEN)
    Backend.storage_mode = values["STORAGE_MODE"]
    name = "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB"
    Backend.limit_bytes = contract.whole_number(Backend.image, name, values[name]) * 1024**2
    Backend.archive = Archive(
        connect=functools.partial(
            database.connect,
            host=fields["server"],
            port=int(fields["port"]),
            user=fields["userid"],
            password=fields["password"],
            database=fields["database"],
        ),
        files=_files(values["STORAGE_MODE"]),
    )
    server.serve(Backend, container_port=CONTAINER_PORT)


def _files(mode: str) -> Files:
    """Where the contract's storage mode keeps files."""
    if mode not in ("s3", "local"):
        contract.stop(
            f"backend cannot start: STORAGE_MODE is {mode!r}, but must be s3 or local",
            code=contract.CONTRACT_BROKEN,
        )
    if mode == "local":
        return Directory(contract.data_directory())
    variables = contract.environment(Backend.image, ["S3_BUCKET"])
    return Bucket(s3=boto3.client("s3"), name=variables["S3_BUCKET"])


if __name__ == "__main__":
    main()
