"""ASGI middleware: what comes over plain HTTP although HTTPS is spoken (the rules are `server/https/over_http.py`)."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.api.errors import error_response
from server.config.sections import HttpsKind
from server.https.over_http import Verdict, decide, without_port

KindOf = Callable[[str | None], HttpsKind]
"""Whose certificate a browser gets that opens this machine under a name."""


class HttpsFirst:
    def __init__(self, app: ASGIApp, kind_of: KindOf, behind_proxy: bool) -> None:
        """`behind_proxy`: there are trusted proxies; what they forward is their business."""
        self._app = app
        self._kind_of = kind_of
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_private = scope["type"] not in {"http", "websocket"} or scope["scheme"] in {"https", "wss"}
        kind: HttpsKind = "none" if is_private else self._kind_of(host_of(scope))
        if kind == "none":
            await self._app(scope, receive, send)
        else:
            await self._plain(kind, scope, receive, send)

    async def _plain(self, kind: HttpsKind, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if self._behind_proxy and "x-forwarded-for" in headers:
            await self._app(scope, receive, send)
            return
        decision = decide(
            kind, scope.get("method", "GET"), scope["path"], scope["query_string"].decode("ascii"), headers.get("host")
        )
        if decision.verdict is Verdict.ANSWER:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif decision.verdict is Verdict.REDIRECT:
            await RedirectResponse(decision.location, 308 if decision.for_good else 307)(scope, receive, send)
        else:
            text = "Use HTTPS: this connection can be read by others."
            await error_response(403, "https_needed", text)(scope, receive, send)


def host_of(scope: Scope) -> str | None:
    """Under which name or address the browser opened this machine, without the port."""
    host = Headers(scope=scope).get("host")
    return None if host is None else without_port(host)
