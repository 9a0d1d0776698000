"""The body of an upload as a stream: counted, hashed, limited, never whole in memory."""

import hashlib
from collections.abc import Mapping
from typing import BinaryIO

CHUNK_BYTES = 1024 * 1024
MAXIMUM_CHUNK_HEAD_BYTES = 1024


class TooLargeError(ValueError):
    """The body is larger than the limit."""


class MalformedError(ValueError):
    """The body is not what its headers say."""


class Upload:
    """A request's body, for `upload_fileobj` to read.

    Args:
        stream: The connection, after the request's head.
        headers: The request's headers; `Content-Length` or `Transfer-Encoding: chunked` is needed.
        limit_bytes: The largest body that is taken.

    Raises:
        TooLargeError: The declared length is above the limit.
        MalformedError: The headers say no length.
    """

    def __init__(self, stream: BinaryIO, headers: Mapping[str, str], *, limit_bytes: int) -> None:
        self._stream = stream
        self._limit_bytes = limit_bytes
        self._chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self._left_bytes = 0
        self._ended = False
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        if not self._chunked:
            length = headers.get("Content-Length", "")
            if not length.isdecimal():
                raise MalformedError("send Content-Length or Transfer-Encoding: chunked")
            self._left_bytes = int(length)
            self._ended = self._left_bytes == 0
            self._check_limit(self._left_bytes)

    @property
    def sha256(self) -> str:
        """The digest of what was read, in hexadecimal."""
        return self._hash.hexdigest()

    def read(self, amount: int = -1) -> bytes:
        """Return exactly `amount` bytes, fewer only at the end.

        Raises:
            TooLargeError: The body has passed the limit.
            MalformedError: The connection or a chunk ended early.
        """
        parts: list[bytes] = []
        wanted = amount
        while not self._ended and wanted:
            part = self._read_some(CHUNK_BYTES if wanted < 0 else min(wanted, CHUNK_BYTES))
            parts.append(part)
            wanted -= len(part) if wanted > 0 else 0
        return b"".join(parts)

    def _read_some(self, amount: int) -> bytes:
        if self._chunked and not self._left_bytes:
            self._next_chunk()
            if self._ended:
                return b""
        part = self._stream.read(min(amount, self._left_bytes))
        if not part:
            raise MalformedError("the connection ended before the body did")
        self._left_bytes -= len(part)
        self.size_bytes += len(part)
        self._check_limit(self.size_bytes)
        self._hash.update(part)
        if self._left_bytes == 0:
            if self._chunked:
                self._line()
            else:
                self._ended = True
        return part

    def _next_chunk(self) -> None:
        # RFC 9112, section 7.1: a size in hexadecimal, extensions, the data; a size of 0, trailers.
        size = self._line().split(b";")[0].strip()
        try:
            self._left_bytes = int(size, 16)
        except ValueError as error:
            raise MalformedError("a chunk has no size") from error
        if self._left_bytes == 0:
            while self._line():
                pass
            self._ended = True

    def _line(self) -> bytes:
        line = self._stream.readline(MAXIMUM_CHUNK_HEAD_BYTES)
        if not line.endswith(b"\n"):
            raise MalformedError("the connection ended before the body did")
        return line.strip()

    def _check_limit(self, size_bytes: int) -> None:
        if size_bytes > self._limit_bytes:
            raise TooLargeError(f"a file may have {self._limit_bytes} bytes at most")
