"""A file that is fetched in pieces (RFC 9110 §14), refused in the one shape of errors."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from server.api.errors import error_response


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
            await error_response(400, "bad_request", "The Range header cannot be read.")(scope, receive, send)
        else:
            length = {"Content-Range": Headers(raw=refused["headers"])["content-range"]}
            await error_response(416, "no_such_range", "The recording is shorter than that.", length)(scope, receive, send)
