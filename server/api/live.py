"""The WebSocket of the live view: the shell around `server/live/hub.py`.

Invariant: a view is open only while its session lives: it ends in the turn in which the session's end is told, at the latest when
the session would end by itself.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import structlog
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from core.events import SessionEnd
from core.ports import Unavailable
from server.accounts import Session
from server.api.access import OwnRule, find_session, services, why_signed_out, with_permissions
from server.api.reading import Reader, sight
from server.api.services import Services
from server.live.audience import Listener
from server.live.messages import decode_from_browser
from server.live.open_views import OpenView
from server.origins import is_ours
from server.schemas import Me
from server.sight import Sight

log = structlog.get_logger(__name__)
router = APIRouter()
NOT_SIGNED_IN = 4401
FULL = 1013
"""Try again later (RFC 6455 §7.4, IANA registry)."""
TOO_SLOW = 4408
TOO_MANY = 4429
RIGHTS_CHANGED = 4409
RIGHTS_EVERY_S = 2.0
LONGEST_MESSAGE = 4096
LOOK_EVERY_S = 30.0
"""A session that is prolonged elsewhere is looked at again when it would have ended; and now and then, in case no news came."""
SOON_S = 0.05
ONE_LOOK_S = 3600.0
GOODBYE_WITHIN_S = 2.0
HIGHEST = 2**53
"""The largest whole number that a browser counts to exactly (`Number.MAX_SAFE_INTEGER` + 1)."""

Farewell = tuple[int, str]
"""Close code and reason."""


class Budget:
    """How many messages may come: `per_minute`, at once or spread out. Time is an argument."""

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._at = now

    def allows(self, now: float) -> bool:
        """Counts one message."""
        self._left = min(self._per_minute, self._left + max(0.0, now - self._at) * self._per_minute / 60) - 1
        self._at = now
        return self._left >= 0


@router.websocket("/live", dependencies=[OwnRule])
async def live(
    socket: WebSocket,
    epoch: Annotated[str | None, Query(max_length=100)] = None,
    since: Annotated[int | None, Query(ge=0, le=HIGHEST)] = None,
) -> None:
    deps = services(socket)
    headers = socket.headers
    ours = is_ours(headers.get("origin"), headers.get("host"), deps.config.web.origins)
    found = await find_session(socket) if ours else None
    await socket.accept()
    if found is None or not found[1].me.ready:
        why = await why_signed_out(socket) if ours and found is None else None
        await socket.close(NOT_SIGNED_IN, why or "not signed in")
        return
    view = deps.open_views.open(found[1].session_id, found[1].me.user_id)
    if view is None:
        await socket.close(FULL, "too many screens")
        return
    try:
        await _Screen(socket, deps, *found, view).serve(epoch, since)
    finally:
        deps.open_views.close(view)


class _Screen:
    """Owns one connection's tasks: sending, receiving, and watching for what ends it."""

    def __init__(self, socket: WebSocket, deps: Services, token: str, session: Session, view: OpenView) -> None:
        self._socket = socket
        self._deps = deps
        self._token = token
        self._session = session
        self._view = view

    async def serve(self, epoch: str | None, since: int | None) -> None:
        """Until the browser leaves, the session ends or the browser cannot follow."""
        live, me = self._deps.live, self._session.me
        await self._write_down(me)
        seen = sight(self._deps, me)
        listener, first = live.connect(me, epoch, since, seen)
        tasks = [
            asyncio.create_task(self._send(listener, first), name="live-send"),
            asyncio.create_task(self._receive(listener), name="live-receive"),
            asyncio.create_task(self._watch(), name="live-session"),
            asyncio.create_task(_fell_behind(listener), name="live-behind"),
            asyncio.create_task(self._watch_rights(seen), name="live-rights"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            live.disconnect(me, listener)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        farewells = [task.result() for task in tasks if task in done]
        await self._say_goodbye(next((farewell for farewell in farewells if farewell is not None), None))

    async def _write_down(self, me: Me) -> None:
        """Whoever looks on stands in the audit log, once an hour; a board must not go dark because the database is away."""
        try:
            await (await Reader.of(self._deps, self._socket, me)).note("open_live_view", within_s=ONE_LOOK_S)
        except Unavailable as error:
            log.warning("a look at the live view was not written down", user_id=me.user_id, error=error)

    async def _send(self, listener: Listener, first: list[bytes]) -> Farewell | None:
        try:
            for data in first:
                await self._socket.send_text(data.decode())
            while True:
                await self._socket.send_text((await listener.queue.get()).decode())
        except (WebSocketDisconnect, RuntimeError):
            return None  # the browser left while something was being sent

    async def _receive(self, listener: Listener) -> Farewell | None:
        budget = Budget(self._deps.config.limits.live_messages_per_minute, self._deps.clock.now())
        try:
            while True:
                text = await self._socket.receive_text()
                if not budget.allows(self._deps.clock.now()):
                    log.info("a live view that sends too much was closed", user_id=self._session.me.user_id)
                    return TOO_MANY, "too many messages"
                await _handle(text, self._deps, self._session.me, listener)
        except (WebSocketDisconnect, KeyError, RuntimeError):
            return None  # closed, or a binary message, which nobody here sends

    async def _watch(self) -> Farewell:
        """Returns when the session is over."""
        accounts, ended = self._deps.accounts, self._view.ended
        while not ended.done():
            left_s = LOOK_EVERY_S
            try:
                ends_at = await accounts.ends_at(self._token)
                if ends_at is None and not ended.done():
                    why = await accounts.why_over(self._token) or SessionEnd.EXPIRED
                    await accounts.end(self._token, self._session, why)
                    self._view.end(why)
                elif ends_at is not None:
                    left_s = ends_at - self._deps.clock.now()
            except Unavailable:
                pass  # Redis is away: looked at again
            await asyncio.wait([ended], timeout=min(max(left_s, SOON_S), LOOK_EVERY_S))
        return NOT_SIGNED_IN, str(ended.result())

    async def _watch_rights(self, seen: Sight) -> Farewell:
        """Returns when the company lets this person see more or less than when the view was opened: a new one shows it. Who
        serves which queue is a part of it only for whoever does not see everybody.
        """
        deps, me = self._deps, self._session.me
        while with_permissions(deps, me) == me:
            if seen.queues is not None and sight(deps, me) != seen:
                break
            await asyncio.sleep(RIGHTS_EVERY_S)
        return RIGHTS_CHANGED, "rights changed; come back for a snapshot"

    async def _say_goodbye(self, farewell: Farewell | None) -> None:
        """Whoever does not read does not hear it either: the connection below is cut soon after."""
        if farewell is None:
            return
        try:
            async with asyncio.timeout(GOODBYE_WITHIN_S):
                await self._socket.close(*farewell)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return


async def _fell_behind(listener: Listener) -> Farewell:
    await listener.cut_off.wait()
    return TOO_SLOW, "too slow; come back for a snapshot"


async def _handle(text: str, deps: Services, me: Me, listener: Listener) -> None:
    try:
        report = decode_from_browser(text[:LONGEST_MESSAGE])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        deps.live.refuse(listener, "This message was not understood.")
        return
    if me.agent_id is not None:
        deps.live.audio(me.agent_id, report)
