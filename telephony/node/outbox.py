"""Events on their way to the bus, in order, also through an absence of the bus.

Invariant: events leave in the order in which they were put. While the bus is away, events that state facts about calls wait
(at most `KEPT_EVENTS`; beyond that the oldest is dropped and counted); measurements and heartbeats, which are stale when the
bus returns, are dropped and counted at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from core.events import AnyEvent, LegMeasured, NodeHeartbeat
from core.ports import Bus, Unavailable
from core.retrying import until_available

log = structlog.get_logger(__name__)

KEPT_EVENTS = 10_000
_PERISHABLE = (LegMeasured, NodeHeartbeat)


class Outbox:
    """Owns the queue; `run` publishes until cancelled."""

    def __init__(self, bus: Bus, on_bus_away: Callable[[bool], Awaitable[None]], kept_events: int = KEPT_EVENTS) -> None:
        """`on_bus_away` is told True when publishing first fails, False when it works again."""
        self._bus = bus
        self._on_bus_away = on_bus_away
        self._events: deque[AnyEvent] = deque()
        self._kept_events = kept_events
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.away = False
        self.dropped = 0

    def put(self, event: AnyEvent) -> None:
        """Never blocks."""
        if self.away and isinstance(event, _PERISHABLE):
            self.dropped += 1
            return
        if len(self._events) >= self._kept_events:
            lost = self._events.popleft()
            self.dropped += 1
            log.error("event dropped, too many wait for the bus", event_type=type(lost).__name__)
        self._events.append(event)
        self._empty.clear()
        self._filled.set()

    async def flushed(self) -> None:
        """Returns when everything has been published."""
        await self._empty.wait()

    async def run(self) -> None:
        while True:
            await self._filled.wait()
            while self._events:
                await until_available(self._publish_oldest, "node", log, asyncio.sleep)
            self._filled.clear()
            self._empty.set()

    async def _publish_oldest(self) -> None:
        if not self._events:  # what is stale when the bus returns has left
            return
        event = self._events[0]
        try:
            await self._bus.publish(event)
        except Unavailable as error:
            await self._set_away(True, str(error))
            raise
        # `put` may have dropped it meanwhile to make room.
        if self._events and self._events[0] is event:
            self._events.popleft()
        await self._set_away(False, "")

    async def _set_away(self, away: bool, reason: str) -> None:
        if away is self.away:
            return
        self.away = away
        if away:
            log.error("the bus is away: media goes on, new calls are refused", reason=reason)
            kept: deque[AnyEvent] = deque(event for event in self._events if not isinstance(event, _PERISHABLE))
            self.dropped += len(self._events) - len(kept)
            self._events = kept
        else:
            log.info("the bus is back", waiting=len(self._events), dropped=self.dropped)
        await self._on_bus_away(away)
