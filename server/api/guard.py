"""What every request passes before its route: readable address, own page, header against forms, whole and readable body.

Invariant: a route is entered with an address and a JSON body that are text (`wellformed`), from a page that may call it; the body
is there whole, but for an import's, which its route reads piece by piece. Whatever is refused gets the documented error and one
log line without its values.
"""

from __future__ import annotations

import asyncio

import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ports import Unavailable
from server.api.access import find_session
from server.api.errors import ApiError, error_response, invalid_response
from server.api.headers import API
from server.api.wellformed import Refusal, check_address, check_json
from server.config.sections import Config
from server.origins import is_ours, may_use_widget

log = structlog.get_logger(__name__)

HEADER = "x-patchbay"
CHANGING = {"POST", "PATCH", "PUT", "DELETE"}
WIDGET = "/api/v1/widget/"
LARGE = ("/api/v1/configuration", "/api/v1/flows")
IMPORT = "/api/v1/import"
LARGE_BYTES = 4_000_000
"""A document of ten thousand agents, or a flow of a thousand steps, is larger than anything else that people send."""
_TOO_LARGE = Refusal(413, "too_large", "The request is too large.")
_TOO_SLOW = Refusal(408, "too_slow", "The request did not arrive in time.")
_AWAY = Refusal(503, "unavailable", "Something that this needs is away. Please try again in a moment.")
_NO_HEADER = Refusal(403, "no_header", "Changing calls need the header X-Patchbay: 1.")
_OTHER_PAGE = Refusal(403, "other_origin", "Pages of this origin may not do this.")


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class Left(Exception):
    """The sender went away while the body was read."""


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._limits = config.limits
        self._ours, self._widgets = config.web.origins, config.web.widget_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if check_address(scope["raw_path"], scope["query_string"]) is None:
            await self._app(scope, receive, send)
        else:
            log.info("request of a socket refused", code="bad_request")
            await send({"type": "websocket.close", "code": 1008})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            headers = Headers(scope=scope)
            self._check_head(scope, headers)
            if scope["path"] == IMPORT:
                _check_announced(headers, self._limits.import_bytes)
                receive = _streamed(receive, self._limits.import_bytes, self._limits.request_within_s)
            elif scope["path"].startswith(API):
                body = await self._body(scope, headers, receive)
                if (problem := _json_problem(headers, body)) is not None:
                    log.info("request refused", code="invalid", status=422)
                    await invalid_response("body", "json_invalid", f"body: {problem}")(scope, receive, send)
                    return
                receive = _again(body, receive)
        except Refused as error:
            refusal = error.refusal
            log.info("request refused", code=refusal.code, status=refusal.status)
            # What is too large is read to its end and thrown away: a connection closed on unread bytes is reset, its answer lost.
            close = {"Connection": "close"} if refusal is _TOO_SLOW else None
            await error_response(refusal.status, refusal.code, refusal.sentence, close)(scope, receive, send)
            return
        except Left:
            return
        await self._app(scope, receive, send)

    def _check_head(self, scope: Scope, headers: Headers) -> None:
        """Raises `Refused`."""
        refusal = check_address(scope["raw_path"], scope["query_string"])
        if refusal is not None:
            raise Refused(refusal)
        path: str = scope["path"]
        changing = scope["method"] in CHANGING and path.startswith(API)
        origin, host = headers.get("origin"), headers.get("host")
        if path.startswith(WIDGET):
            if not may_use_widget(origin, host, self._ours, self._widgets):
                raise Refused(_OTHER_PAGE)
        elif changing and headers.get(HEADER) != "1":
            raise Refused(_NO_HEADER)
        elif changing and not is_ours(origin, host, self._ours):
            raise Refused(_OTHER_PAGE)

    async def _body(self, scope: Scope, headers: Headers, receive: Receive) -> bytes:
        """All of it. Raises `Refused` for what is too large or too slow, `Left`."""
        limit = await self._most_bytes(scope, headers)
        _check_announced(headers, limit)
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.request_within_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Left
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > limit:
                        raise Refused(_TOO_LARGE)
        except TimeoutError:
            raise Refused(_TOO_SLOW) from None
        return bytes(body)

    async def _most_bytes(self, scope: Scope, headers: Headers) -> int:
        """Only who may change the configuration sends large bodies; their size is announced. Raises `Refused`."""
        usual = self._limits.request_bytes
        if not scope["path"].startswith(LARGE) or (_announced(headers) or 0) <= usual:
            return usual
        try:
            found = await find_session(HTTPConnection(scope))
        except Unavailable:
            raise Refused(_AWAY) from None
        return LARGE_BYTES if found is not None and found[1].me.role == "admin" else usual


def _announced(headers: Headers) -> int | None:
    """None: that is no number."""
    announced = headers.get("content-length", "0")
    return int(announced[:20]) if announced.isdecimal() else None


def _check_announced(headers: Headers, limit: int) -> None:
    """Raises `Refused`."""
    announced = _announced(headers)
    if announced is None or announced > limit:
        raise Refused(_TOO_LARGE)


def _streamed(receive: Receive, limit: int, within_s: float) -> Receive:
    """A body that its route takes while it comes (JSON lines, which the route reads): each piece in time, and not too many."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        try:
            async with asyncio.timeout(within_s):
                message = await receive()
        except TimeoutError:
            raise ApiError(_TOO_SLOW.status, _TOO_SLOW.code, _TOO_SLOW.sentence) from None
        received += len(message.get("body", b""))
        if received > limit:
            raise ApiError(_TOO_LARGE.status, _TOO_LARGE.code, _TOO_LARGE.sentence)
        return message

    return limited


def _json_problem(headers: Headers, body: bytes) -> str | None:
    """Bodies of another kind are refused by the route, which wants JSON."""
    kind = headers.get("content-type", "application/json").lower()
    return check_json(body) if body and "json" in kind else None


def _again(body: bytes, receive: Receive) -> Receive:
    """What the route reads: the body, and then whatever comes (the sender leaving)."""
    unread = True

    async def again() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again
