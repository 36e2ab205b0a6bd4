"""What every request passes before its route: size, the header against cross-site forms, and safe answers' headers."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.errors import error_response

HEADER = "x-patchbay"
CHANGING = {"POST", "PATCH", "PUT", "DELETE"}
WIDGET = "/api/v1/widget/"
CONFIGURATION = "/api/v1/configuration"
CONFIGURATION_BYTES = 4_000_000
"""A document of ten thousand agents is larger than anything else that people send."""
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
}
_TOO_LARGE = "The request is too large."
_NO_HEADER = "Changing calls need the header X-Patchbay: 1."


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, request_bytes: int) -> None:
        self._app = app
        self._request_bytes = request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _lacks_header(scope, headers):
            await error_response(403, "no_header", _NO_HEADER)(scope, receive, send)
            return
        limit = CONFIGURATION_BYTES if scope["path"].startswith(CONFIGURATION) else self._request_bytes
        if int(headers.get("content-length") or 0) > limit:
            await error_response(413, "too_large", _TOO_LARGE)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, limit), _with_headers(scope, send))


def _lacks_header(scope: Scope, headers: Headers) -> bool:
    path: str = scope["path"]
    changing = scope["method"] in CHANGING and path.startswith("/api/")
    return changing and not path.startswith(WIDGET) and headers.get(HEADER) != "1"


def _limited(receive: Receive, limit: int) -> Receive:
    """For bodies that do not say their length."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return limited


def _with_headers(scope: Scope, send: Send) -> Send:
    extra = list(_extra_headers(scope["path"]))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in extra:
                headers.setdefault(name, value)
        await send(message)

    return sending


def _extra_headers(path: str) -> Iterable[tuple[str, str]]:
    yield from SECURITY_HEADERS.items()
    if path.startswith("/api/"):
        yield "Cache-Control", "no-store"
