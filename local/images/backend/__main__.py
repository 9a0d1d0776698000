"""Serve the API: health, version, and media.

Manners (see `contract.has_manner`): "healthz" answers health checks at /healthz instead of /api/health,
"buffering" keeps an upload in a file until it is complete.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web
from botocore.exceptions import BotoCoreError, ClientError

from local.images import contract, database, server
from local.images.backend.files import COPY_BYTES, Bucket, Buffered, Directory
from local.images.backend.media import Archive, NoSchemaError
from local.images.backend.upload import Upload

IMAGE = "backend"
VARIABLES = (
    *contract.SERVICE_VARIABLES,
    "EMAIL_SENDER",
    "EMAIL_TOKEN_EXPIRY_DURATION_SECS",
    "POSTGRES_CONNECTION_STRING",
    "STORAGE_MODE",
    "VERIFY_EMAIL_TOKEN_EXPIRY_DURATION_SECS",
)
UNAVAILABLE = (OSError, NoSchemaError, database.Error, BotoCoreError, ClientError)
"""What PostgreSQL, S3 and the file system raise when they do not work."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The API's routes. PostgreSQL and the files block, so threads ask them."""

    archive: Archive
    storage_mode: str
    limit_bytes: int
    """The size of the largest upload."""

    async def health(self, _: web.Request) -> web.Response:
        """Answer whether the service is ready, which needs a database with a schema."""
        await asyncio.to_thread(self.archive.schema)
        return web.json_response({"status": "ok"})

    async def version(self, _: web.Request) -> web.Response:
        """Answer what runs."""
        schema, count = await asyncio.to_thread(self.archive.schema_and_count)
        answer = {
            "version": contract.version(),
            "schema": schema,
            "storage_mode": self.storage_mode,
            "media": count,
        }
        return web.json_response(answer)

    async def media(self, request: web.Request) -> web.Response:
        """Answer the list of media, or the newest ones if the query has a limit."""
        limit = request.query.get("limit")
        if limit is not None and not limit.isdecimal():
            raise web.HTTPBadRequest(text=f"limit={limit} is not a number")
        media = await asyncio.to_thread(
            self.archive.media, limit=None if limit is None else int(limit)
        )
        return web.json_response({"media": media})

    async def upload(self, request: web.Request) -> web.Response:
        """Store the request's body as a medium."""
        upload = Upload(request, limit_bytes=self.limit_bytes)
        name = request.query.get("name", "unnamed")
        medium = await asyncio.to_thread(self.archive.add, upload, name=name)
        return web.json_response(medium, status=HTTPStatus.CREATED)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer the content of a medium."""
        medium_id = request.match_info["id"]
        medium = await asyncio.to_thread(self.archive.find, medium_id)
        if medium is None:
            raise web.HTTPNotFound(text=f"there is no medium {medium_id}")
        response = web.StreamResponse()
        response.content_length = medium["size_in_bytes"]
        disposition = f"attachment; filename*=UTF-8''{quote(medium['name'])}"
        response.headers["Content-Disposition"] = disposition
        with contextlib.closing(await asyncio.to_thread(self.archive.open, medium)) as content:
            await response.prepare(request)
            while request.method != "HEAD" and (
                part := await asyncio.to_thread(content.read, COPY_BYTES)
            ):
                await response.write(part)
        return response

    async def remove(self, request: web.Request) -> web.Response:
        """Remove a medium; one that does not exist is not there afterwards either."""
        await asyncio.to_thread(self.archive.remove, request.match_info["id"])
        return web.Response(status=HTTPStatus.NO_CONTENT)


@web.middleware
async def explain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer errors in JSON, with 503 while PostgreSQL or the files do not work."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.text}, status=error.status)
    except UNAVAILABLE as error:
        print(f"backend: {database.reason(error)}", flush=True)
        if request.writer.output_size:
            raise  # The answer has begun. aiohttp closes the connection before the announced length.
        answer = {"error": "the service is not ready, try again"}
        return web.json_response(answer, status=HTTPStatus.SERVICE_UNAVAILABLE)


def main() -> None:
    """Check the environment, then serve until told to stop."""
    values = contract.environment(IMAGE, VARIABLES)
    try:
        connect = database.connector(values["POSTGRES_CONNECTION_STRING"])
    except ValueError as error:
        raise contract.refusal(IMAGE, str(error)) from None
    files = _files(values["STORAGE_MODE"])
    backend = Backend(
        archive=Archive(
            connect=connect, files=Buffered(files) if contract.has_manner("buffering") else files
        ),
        storage_mode=values["STORAGE_MODE"],
        limit_bytes=contract.upload_limit_mebibytes(IMAGE) * 1024**2,
    )
    application = web.Application(middlewares=[explain])
    health_path = "/healthz" if contract.has_manner("healthz") else "/api/health"
    application.router.add_get(health_path, backend.health)
    application.router.add_get("/api/version", backend.version)
    application.router.add_get("/api/media", backend.media)
    application.router.add_post("/api/media", backend.upload)
    application.router.add_get("/api/media/{id}", backend.download)
    application.router.add_delete("/api/media/{id}", backend.remove)
    server.serve(application, image=IMAGE, container_port=8080, health_path=health_path)


def _files(mode: str) -> Bucket | Directory:
    """Return where the contract's storage mode keeps the content of media."""
    match mode:
        case "s3":
            return Bucket(contract.environment(IMAGE, ["S3_BUCKET"])["S3_BUCKET"])
        case "local":
            return Directory(contract.data_directory())
        case _:
            raise contract.refusal(IMAGE, f"STORAGE_MODE is {mode!r}, but must be s3 or local")


if __name__ == "__main__":
    main()
