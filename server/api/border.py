"""ASGI: around everything, under the web server. Every answer leaves here with its headers, compressed where that is worth it.

Invariant: no answer is without the security headers, those of guards, errors, redirects, CORS and files neither. What is large is
compressed beside the event loop; streams and files pass as they are (`application.py` has files that are compressed already).
"""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.encodings import accepted, may_be_compressed, worth_it
from server.api.headers import every
from server.api.https_first import KindOf, host_of

_LEVEL = 5
_BESIDE_BYTES = 50_000
"""A smaller text takes less than a millisecond."""


class Border:
    def __init__(self, app: ASGIApp, kind_of: KindOf) -> None:
        self._app = app
        self._kind_of = kind_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hsts = scope["scheme"] == "https" and self._kind_of(host_of(scope)) == "given"
        with suppress(Exception):  # border of the process: `errors._unexpected` has logged and answered it
            await self._app(scope, receive, _Answer(scope, send, hsts))


class _Answer:
    """One answer on its way out. Holds its head back until the first of the body shows whether it is whole."""

    def __init__(self, scope: Scope, send: Send, hsts: bool) -> None:
        self._scope = scope
        self._send = send
        self._hsts = hsts
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in every(self._scope["path"], hsts=self._hsts):
                headers.setdefault(name, value)
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                message = await self._compressed(head, message)
            await self._send(head)
        await self._send(message)

    async def _compressed(self, head: Message, message: Message) -> Message:
        headers, body = MutableHeaders(scope=head), message.get("body", b"")
        asked = self._scope["method"] == "GET" and may_be_compressed(self._scope["path"])
        is_one_of_many = "etag" in headers or "content-encoding" in headers
        if not asked or head["status"] != 200 or is_one_of_many or not worth_it(headers.get("content-type", ""), len(body)):
            return message
        headers.add_vary_header("Accept-Encoding")
        if accepted(Headers(scope=self._scope).get("accept-encoding", ""), ["gzip"]) is None:
            return message
        small = await asyncio.to_thread(_gzip, body) if len(body) > _BESIDE_BYTES else _gzip(body)
        headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(small))
        return {**message, "body": small}


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)
