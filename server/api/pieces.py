"""A file that is fetched in pieces (RFC 9110 §14), refused in the one shape of errors: from this machine, or from the store."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import structlog
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from core.files import Files, StoredFile
from core.ports import Unavailable
from server.api.byte_ranges import NoSuchRange, UnreadableRange, asked_for
from server.api.errors import error_response

log = structlog.get_logger(__name__)


class Pieces(FileResponse):
    """The library answers a Range that cannot be read or served in plain text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: Message | None = None

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in {400, 416}:
                refused = message
            elif refused is None:
                await send(message)

        await super().__call__(scope, receive, sending)
        if refused is None:
            return
        if refused["status"] == 400:
            await _unreadable()(scope, receive, send)
        else:
            await _too_far(Headers(raw=refused["headers"])["content-range"])(scope, receive, send)


class StoredPieces(Response):
    """Of a file in the store, which is asked for a piece when the one before has left."""

    def __init__(self, files: Files, found: StoredFile, media_type: str) -> None:
        self._files = files
        self._found = found
        super().__init__(media_type=media_type, headers={"Accept-Ranges": "bytes", "ETag": f'"{found.tag}"'})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Unavailable` before anything is sent, if the store does not give the first piece."""
        headers, size = Headers(scope=scope), self._found.size_bytes
        wanted = headers.get("range") if headers.get("if-range", self.headers["etag"]) == self.headers["etag"] else None
        try:
            piece = asked_for(wanted, size)
        except UnreadableRange:
            await _unreadable()(scope, receive, send)
            return
        except NoSuchRange:
            await _too_far(f"bytes */{size}")(scope, receive, send)
            return
        first, count = piece or (0, size)
        self.status_code = 200 if piece is None else 206
        self.headers["content-length"] = str(count)
        if piece is not None:
            self.headers["content-range"] = f"bytes {first}-{first + count - 1}/{size}"
        await self._send(await begun(self._files.read(self._found.name, first, count)), send)

    async def _send(self, pieces: AsyncIterator[bytes], send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except (Unavailable, FileNotFoundError) as error:
            # Too late for words: the connection is closed before its end, which tells the player that something is missing.
            log.warning("a recording was cut off on its way out", error=error)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def begun(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same pieces, the first of which is there."""
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncGenerator[bytes, None]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


def _unreadable() -> Response:
    return error_response(400, "bad_request", "The Range header cannot be read.")


def _too_far(content_range: str) -> Response:
    return error_response(416, "no_such_range", "The recording is shorter than that.", {"Content-Range": content_range})
