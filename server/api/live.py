"""The WebSocket of the live view: the shell around `server/live/hub.py`."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import msgspec
import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from server.api.access import find_me, services
from server.api.services import Services
from server.live.audience import Listener
from server.live.messages import decode_from_browser
from server.schemas import Me

log = structlog.get_logger(__name__)
router = APIRouter()
NOT_SIGNED_IN = 4401
FULL = 1013
"""Try again later (RFC 6455 §7.4, IANA registry)."""
TOO_SLOW = 4408
LONGEST_MESSAGE = 4096


@router.websocket("/live")
async def live(socket: WebSocket, epoch: str | None = None, since: int | None = None) -> None:
    deps = services(socket)
    me = await find_me(socket) if _same_origin(socket) else None
    await socket.accept()
    if me is None:
        await socket.close(NOT_SIGNED_IN, "not signed in")
        return
    if deps.live.connections >= deps.config.limits.live_connections:
        await socket.close(FULL, "too many screens")
        return
    listener, first = deps.live.connect(me, epoch, since)
    sending = asyncio.create_task(_send(socket, listener, first), name="live-send")
    receiving = asyncio.create_task(_receive(socket, deps, me, listener), name="live-receive")
    try:
        await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        deps.live.disconnect(me, listener)
        for task in (sending, receiving):
            task.cancel()
        await asyncio.gather(sending, receiving, return_exceptions=True)


def _same_origin(socket: WebSocket) -> bool:
    """A browser says from which page it comes; the cookie of ours must not serve a page of others (RFC 6455 §10.2)."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


async def _send(socket: WebSocket, listener: Listener, first: list[bytes]) -> None:
    try:
        for data in first:
            await socket.send_text(data.decode())
        while (queued := await listener.queue.get()) is not None:
            await socket.send_text(queued.decode())
        await socket.close(TOO_SLOW, "too slow; come back for a snapshot")
    except (WebSocketDisconnect, RuntimeError):
        return  # the browser left while something was being sent


async def _receive(socket: WebSocket, deps: Services, me: Me, listener: Listener) -> None:
    try:
        while True:
            text = await socket.receive_text()
            try:
                report = decode_from_browser(text[:LONGEST_MESSAGE])
            except (msgspec.DecodeError, UnicodeEncodeError):
                deps.live.refuse(me, listener, "This message was not understood.")
                continue
            if me.agent_id is not None:
                await deps.live.audio(me.agent_id, report)
    except (WebSocketDisconnect, KeyError, RuntimeError):
        return  # closed, or a binary message, which nobody here sends
