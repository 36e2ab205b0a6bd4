"""Keeps a message that ends the whole process from ending every process that is started after it.

What a service raises costs one event (`dispatcher.py`). A message that takes the process with it (a crash in C code, a loop that
the watchdog ends, memory) raises nothing: the next process begins at the same place and meets it again. So a process that begins
where the last ones began goes carefully for a while: before a service is given an event, that is written down, and afterwards
crossed out. What the next process finds written down was in hand when this one ended: it is set aside.

Invariant: costs two requests to Redis an event and service, and only while starts bring nothing forward.
"""

from __future__ import annotations

import msgspec
import structlog

from core.ports import Clock, StateStore

log = structlog.get_logger(__name__)

START_KIND = "start"
IN_HAND_KIND = "in_hand"
STARTS_WITHOUT_PROGRESS = 2
"""So many processes have begun at this place before: the next one is careful."""
CAREFUL_FOR_S = 60.0


class EndedTheProcess(Exception):
    """The process ended while it had this event in hand."""


class _Start(msgspec.Struct, frozen=True):
    cursor: str
    times: int = 1


class Caution:
    """Owns what is written down of events in hand."""

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._until = 0.0
        self._guilty: dict[str, str] = {}
        """Service → the event that was in its hands when an earlier process ended."""

    async def begin(self, key: str, cursor: str) -> None:
        """`key` names the reader, `cursor` is where it begins. Raises `Unavailable`."""
        last = _start((await self._store.load_all(START_KIND)).get(key))
        times = last.times + 1 if last is not None and last.cursor == cursor else 1
        await self._store.save(START_KIND, key, msgspec.msgpack.encode(_Start(cursor, times)))
        for service, found in (await self._store.load_all(IN_HAND_KIND)).items():
            self._guilty[service] = found.decode(errors="replace")
            await self._store.delete(IN_HAND_KIND, service)
        if times > STARTS_WITHOUT_PROGRESS or self._guilty:
            self._until = self._clock.now() + CAREFUL_FOR_S
            log.warning("starts bring nothing forward: going carefully", count=times)

    def is_guilty(self, service: str, cursor: str) -> bool:
        return bool(self._guilty) and self._guilty.get(service) == cursor

    @property
    def needed(self) -> bool:
        return self._until > 0.0 and self._clock.now() < self._until

    async def in_hand(self, service: str, cursor: str) -> None:
        """Raises `Unavailable`."""
        await self._store.save(IN_HAND_KIND, service, cursor.encode())

    async def done(self, service: str) -> None:
        await self._store.delete(IN_HAND_KIND, service)


def _start(data: bytes | None) -> _Start | None:
    try:
        return None if data is None else msgspec.msgpack.decode(data, type=_Start)
    except (msgspec.DecodeError, UnicodeError):
        return None
