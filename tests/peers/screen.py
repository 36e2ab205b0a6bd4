"""The live view as a page keeps it: a snapshot, with every message since applied by id (`softphone_ui/src/live/reducer.ts`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.peers.installation import Door
from tests.peers.waiting import PATIENCE_S

Thing = dict[str, Any]
LISTS = {"agents": "agent_id", "calls": "call_id", "queues": "queue_id"}
ONE = {"agent": ("agents", "agent_id"), "call": ("calls", "call_id"), "queue": ("queues", "queue_id")}


class Screen:
    """Owns one connection, and what it shows."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Thing]] = {name: {} for name in LISTS}
        self.settings: Thing = {}
        self._shown: list[tuple[str, Thing]] = []
        self._arrived = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def of(cls, door: Door, username: str) -> AsyncIterator[Screen]:
        async with door.signed_in(username) as client:
            headers = {"Cookie": f"patchbay_session={client.cookies['patchbay_session']}"}
            url = f"{door.url.replace('http', 'ws')}/api/v1/live"
            async with connect(url, additional_headers=headers, max_queue=None) as socket:
                screen = cls()
                reading = asyncio.create_task(screen._read(socket), name=f"screen-{username}")
                try:
                    yield screen
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)

    async def shows(self, fits: Callable[[Screen], bool], within_s: float = PATIENCE_S) -> None:
        async with self._arrived, asyncio.timeout(within_s):
            await self._arrived.wait_for(lambda: fits(self))

    async def shows_agent(self, agent_id: str, fits: Callable[[Thing], bool]) -> Thing:
        await self.shows(lambda now: agent_id in now.things["agents"] and fits(now.things["agents"][agent_id]))
        return self.things["agents"][agent_id]

    async def shows_call(self, call_id: str, fits: Callable[[Thing], bool]) -> Thing:
        await self.shows(lambda now: call_id in now.things["calls"] and fits(now.things["calls"][call_id]))
        return self.things["calls"][call_id]

    def has_shown(self, kind: str, fits: Callable[[Thing], bool]) -> bool:
        """At any time until now."""
        return any(name == kind and fits(thing) for name, thing in self._shown)

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            async with self._arrived:
                self._apply(json.loads(text))
                self._arrived.notify_all()

    def _apply(self, message: Thing) -> None:
        kind = message["type"]
        if kind == "snapshot":
            self.things = {name: {one[key]: one for one in message[name]} for name, key in LISTS.items()}
            self.settings = message["settings"]
            return
        if kind == "settings":
            self.settings = message["settings"]
        elif kind in ONE:
            name, key = ONE[kind]
            self.things[name][message[kind][key]] = message[kind]
            self._shown.append((kind, message[kind]))
        elif kind.endswith("_removed") and kind.removesuffix("_removed") in ONE:
            name, key = ONE[kind.removesuffix("_removed")]
            self.things[name].pop(message[key], None)
