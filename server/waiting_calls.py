"""Sees to it that whoever hears that they wait, waits: callers in a queue whose place the ACD does not have get one again.

So it is after a leader that had to begin with nothing, because nobody could read what the last one had saved. The flow of each
caller knows that it waits, for what and under which id; asked for again under this id, a place that is there after all stays the
one it was. Who called first asks first, so the order is kept; how long they have waited is not, and the board is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import structlog

from core.commands import FindWork
from core.events import Alert
from core.ids import CallId, WorkId
from core.ports import Bus, Clock, Unavailable

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
LOOKS = 3
"""A place that is missing so often in a row is lost. Between a wish and its place, and between an end and its news, lies less."""
MOST_IDS = 50
AT_ONCE = 1000
"""Ids in one question."""
ALERT_KEY = "acd:places_lost"
TOLD_FOR_S = 600.0
"""How long the board shows it."""


class Callers(Protocol):
    @property
    def waiting(self) -> Mapping[WorkId, CallId]: ...

    def place_lost(self, call_id: CallId) -> None: ...


class Queues(Protocol):
    async def missing(self, work_ids: Sequence[WorkId]) -> Collection[WorkId]:
        """Those that they do not have. Raises `Unavailable`."""
        ...


class AskedQueues:
    """The queues, asked by whoever does not follow them."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def missing(self, work_ids: Sequence[WorkId]) -> Collection[WorkId]:
        found: list[WorkId] = []
        for first in range(0, len(work_ids), AT_ONCE):
            answer = await self._bus.send("acd", FindWork(work_ids=tuple(work_ids[first : first + AT_ONCE])))
            if not answer.ok:
                raise Unavailable(answer.reason)
            found += answer.result.get("missing", ())
        return found


class WaitingCalls:
    """A task of a worker. Owns how often each place was missing, and the alert."""

    def __init__(self, callers: Callers, queues: Queues, bus: Bus, clock: Clock) -> None:
        self._callers = callers
        self._queues = queues
        self._bus = bus
        self._clock = clock
        self._missing: dict[WorkId, int] = {}
        self._told_at: float | None = None

    async def run(self, caught_up: Callable[[], bool]) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if caught_up():
                    await self.look()
            except Unavailable:
                self._missing.clear()  # nobody knows what is missing while Redis is away

    async def look(self) -> list[CallId]:
        """Whose place was found to be lost. Raises `Unavailable`."""
        waiting = self._callers.waiting
        missing = await self._queues.missing(tuple(waiting)) if waiting else ()
        waiting = {work_id: call_id for work_id, call_id in self._callers.waiting.items() if work_id in waiting}
        self._missing = {work_id: self._missing.get(work_id, 0) + 1 for work_id in waiting if work_id in missing}
        lost = [waiting[work_id] for work_id, looks in self._missing.items() if looks >= LOOKS]
        for call_id in lost:
            self._callers.place_lost(call_id)
        self._missing = {work_id: looks for work_id, looks in self._missing.items() if looks < LOOKS}
        await self._tell(lost)
        return lost

    async def _tell(self, lost: list[CallId]) -> None:
        now = self._clock.now()
        if lost:
            log.warning("callers lost their places and ask for others", count=len(lost), ids=lost[:MOST_IDS])
            self._told_at = now
            text = (
                f"Places in queues were lost; {len(lost)} waiting callers were given new ones. Look whether agents are available."
            )
            alert = Alert(at=now, key=ALERT_KEY, severity="warning", text=text, code="places_lost", details={"count": len(lost)})
            await self._bus.publish(alert)
        elif self._told_at is not None and now - self._told_at > TOLD_FOR_S:
            self._told_at = None
            await self._bus.publish(Alert(at=now, key=ALERT_KEY, severity="cleared", text=""))
