"""The body of an upload as a stream: counted, hashed, limited, never whole in memory."""

import asyncio
import hashlib

from aiohttp import web

from local.images.server import IDLE_SECONDS


class Upload:
    """A request's body as a file: a thread reads what the event loop receives.

    Args:
        request: The request whose body it is.
        limit_bytes: The largest body that is taken.

    Raises:
        HTTPRequestEntityTooLarge: The declared length is above the limit.
        HTTPBadRequest: The headers announce no body.
    """

    def __init__(self, request: web.Request, *, limit_bytes: int) -> None:
        if not request.headers.keys() & {"Content-Length", "Transfer-Encoding"}:
            raise web.HTTPBadRequest(text="send Content-Length or Transfer-Encoding: chunked")
        self._loop = asyncio.get_running_loop()
        self._content = request.content
        self._limit_bytes = limit_bytes
        self._hash = hashlib.sha256()
        self._check_limit(request.content_length or 0)
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """The digest of what was read, in hexadecimal."""
        return self._hash.hexdigest()

    def read(self, amount: int = -1) -> bytes:
        """Return `amount` bytes, fewer only at the end. Threads only: it waits for the event loop.

        Raises:
            HTTPRequestEntityTooLarge: The body has passed the limit.
            HTTPBadRequest: The connection ended early or is silent, or a chunk is malformed.
        """
        part = asyncio.run_coroutine_threadsafe(self._receive(amount), self._loop).result()
        self._hash.update(part)
        self.size_bytes += len(part)
        self._check_limit(self.size_bytes)
        return part

    async def _receive(self, amount: int) -> bytes:
        parts = []
        try:
            while amount:
                async with asyncio.timeout(IDLE_SECONDS):
                    part = await self._content.read(amount)
                if not part:
                    break
                parts.append(part)
                amount -= len(part)
        except (ConnectionError, TimeoutError, web.RequestPayloadError) as error:
            text = "the body is not complete, or not what its headers say"
            raise web.HTTPBadRequest(text=text) from error
        return b"".join(parts)

    def _check_limit(self, size_bytes: int) -> None:
        if size_bytes > self._limit_bytes:
            text = f"a file may have {self._limit_bytes} bytes at most"
            raise web.HTTPRequestEntityTooLarge(self._limit_bytes, size_bytes, text=text)
