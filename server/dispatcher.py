"""Reads the event stream once and hands each event to every service, each in its own lane.

Invariants: every service sees every event that it wants, in order, at least once; a service that waits (its database is away) or
fails delays no other; after a restart reading goes on at the oldest event that some service had not finished. A lane is a bounded
queue: when one is full reading waits, and nothing is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import structlog

from core.events import AnyEvent
from core.ports import Bus, Clock, StateStore, Unavailable

log = structlog.get_logger(__name__)

KIND = "cursor"
KEY = "control"
LANE_LENGTH = 10_000
SAVE_EVERY_S = 0.25
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)
CAUGHT_UP_LAG_S = 1.0
LARGEST_BATCH = 500
GATHER_S = 0.25
"""How long a service that takes batches lets events pile up."""
_LOGGED_IDS = ("call_id", "leg_id", "work_id", "offer_id", "agent_id", "node_id", "stream_id")


class Handler(Protocol):
    async def handle(self, event: AnyEvent) -> None: ...


@runtime_checkable
class ChoosyHandler(Protocol):
    """A service that only some kinds of events concern."""

    @property
    def wanted(self) -> frozenset[type]:
        """Other kinds pass by its lane: nobody is woken for them, and it can be away for long before the lane is full."""
        ...


@runtime_checkable
class BatchHandler(ChoosyHandler, Protocol):
    """A service that handles many events as cheaply as one: it is given what has piled up, and gathers for a moment."""

    async def handle(self, event: AnyEvent) -> None: ...

    async def handle_batch(self, events: Sequence[AnyEvent]) -> None:
        """All or nothing: a batch that failed is handed in again event by event, so that one bad event costs only itself."""
        ...


class Dispatcher:
    """Owns the reader, one lane per service, and the cursor."""

    def __init__(self, bus: Bus, store: StateStore, clock: Clock, services: Mapping[str, Handler]) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._lanes = {name: _Lane(name, service, clock) for name, service in services.items()}
        self._read = "0"
        self._saved = ""
        self.handled = 0

    async def run(self, first_cursor: str) -> None:
        """Until cancelled. `first_cursor` is where a new installation begins. Raises `Unavailable` when it cannot begin."""
        saved = (await self._store.load_all(KIND)).get(KEY)
        self._read = self._saved = saved.decode() if saved else first_cursor
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes.values():
                lane.done = self._read
                tasks.create_task(lane.run(), name=f"lane-{lane.name}")
            tasks.create_task(self._save_now_and_then(), name="save-cursor")
            tasks.create_task(self._read_for_ever(), name="read-events")

    def lag_s(self) -> dict[str, float]:
        """How far behind each service is: the age of the event in its hands, 0 when it has none."""
        now = self._clock.now()
        return {name: lane.lag_s(now) for name, lane in self._lanes.items()}

    @property
    def failures(self) -> dict[str, int]:
        return {name: lane.failures for name, lane in self._lanes.items()}

    @property
    def caught_up(self) -> bool:
        return all(lag < CAUGHT_UP_LAG_S for lag in self.lag_s().values())

    async def save(self) -> None:
        """Writes down how far everybody is. Raises `Unavailable`."""
        cursor = min((lane.done for lane in self._lanes.values()), key=_order, default=self._read)
        if cursor != self._saved:
            await self._store.save(KIND, KEY, cursor.encode())
            self._saved = cursor

    async def _read_for_ever(self) -> None:
        async for cursor, event in self._bus.events(self._read):
            for lane in self._lanes.values():
                await lane.put(cursor, event)
            self._read = cursor
            self.handled += 1

    async def _save_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            try:
                await self.save()
            except Unavailable:
                continue  # Redis is away: what happens meanwhile is read again after a restart


class _Lane:
    """One service, its queue, and how far it is."""

    def __init__(self, name: str, service: Handler, clock: Clock) -> None:
        self.name = name
        self.events: asyncio.Queue[tuple[str, AnyEvent]] = asyncio.Queue(LANE_LENGTH)
        self.done = "0"
        self.failures = 0
        self._service = service
        self._clock = clock
        self._wanted = service.wanted if isinstance(service, ChoosyHandler) else None
        self._in_hand: AnyEvent | None = None

    async def put(self, cursor: str, event: AnyEvent) -> None:
        if self._wanted is None or type(event) in self._wanted:
            await self.events.put((cursor, event))
        elif self._in_hand is None and self.events.empty():
            self.done = cursor

    def lag_s(self, now: float) -> float:
        return 0.0 if self._in_hand is None else max(0.0, now - self._in_hand.at)

    async def run(self) -> None:
        while True:
            if isinstance(self._service, BatchHandler):
                await self._run_batch(self._service)
                continue
            cursor, event = await self.events.get()
            self._in_hand = event
            await self._handle(event)
            self._in_hand = None
            self.done = cursor

    async def _run_batch(self, service: BatchHandler) -> None:
        first = await self.events.get()
        self._in_hand = first[1]
        batch = [first]
        while len(batch) < LARGEST_BATCH and not self.events.empty():
            batch.append(self.events.get_nowait())
        if not await self._handle_all(service, [event for _, event in batch]):
            for _, event in batch:
                await self._handle(event)
        self._in_hand = None
        self.done = batch[-1][0]
        await asyncio.sleep(GATHER_S)

    async def _handle_all(self, service: BatchHandler, events: list[AnyEvent]) -> bool:
        """False: some event of the batch cannot be handled, or something is away; then each is handled for itself."""
        try:
            await service.handle_batch(events)
        except Unavailable:
            return False
        except Exception:  # border: the event that is to blame is found, told and counted one by one
            log.warning("batch failed", service=self.name, events=len(events), exc_info=True)
            return False
        return True

    async def _handle(self, event: AnyEvent) -> None:
        """Tries for as long as something the service needs is away; any other failure costs this one event."""
        tries = 0
        while True:
            try:
                await self._service.handle(event)
                return
            except Unavailable as error:
                if tries == 0:
                    log.warning("service waits", service=self.name, event_type=type(event).__name__, error=error)
                await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
            except Exception:  # border of the process: one event that one service cannot handle must not stop all calls
                self.failures += 1
                log.exception("event failed", service=self.name, event_type=type(event).__name__, **_ids(event))
                return


def _ids(event: AnyEvent) -> dict[str, str]:
    return {name: getattr(event, name) for name in _LOGGED_IDS if getattr(event, name, None)}


def _order(cursor: str) -> tuple[int, int]:
    """Redis stream ids compare as two numbers (milliseconds, counter)."""
    first, _, second = cursor.partition("-")
    return int(first or 0), int(second or 0)
