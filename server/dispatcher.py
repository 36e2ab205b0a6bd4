"""Reads the event stream once and hands each event to every service, each in its own mailbox.

Invariants: every service sees every event that it wants, in order, at least once; a service that waits (its database is away) or
fails delays no other; an event that a service fails at twice is set aside for that service (`core.dead_letters`), and its mailbox
goes on; after a restart reading goes on at the oldest event that some service had not finished, and an event that ended the
process is not met for ever (`caution.py`). A mailbox is a bounded queue: when one is full reading waits, and nothing is dropped.

A service that works on partitions of the calls (`core/partitions.py`) is given what concerns those that this process has, and
what concerns everybody. A partition that is taken is read on from where its last owner was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from contextlib import aclosing
from functools import partial
from typing import NamedTuple, Protocol, runtime_checkable

import structlog

from core.dead_letters import Stage, ids_of, letter_about
from core.events import AnyEvent
from core.partitions import ALL, partition_of_event
from core.ports import Bus, Clock, DeadLetters, StateStore, Unavailable
from core.retrying import until_available
from server.caution import Caution, EndedTheProcess

log = structlog.get_logger(__name__)

KIND = "cursor"
KEY = "control"
MOST_EVENTS_WAITING = 10_000
SAVE_EVERY_S = 0.25
DROP_WITHIN_S = 1.0
CAUGHT_UP_LAG_S = 1.0
LARGEST_BATCH = 500
GATHER_S = 0.25
"""How long a service that takes batches lets events pile up."""
TRIES = 2
"""Of an event that a service fails at: what it met may have been of the moment."""
TRY_AGAIN_S = 0.1


class Handler(Protocol):
    async def handle(self, event: AnyEvent) -> None: ...


@runtime_checkable
class ChoosyHandler(Protocol):
    """A service that only some kinds of events concern."""

    @property
    def wanted(self) -> frozenset[type]:
        """Other kinds pass by its mailbox: nobody is woken for them, and it can be away for long before the mailbox is full."""
        ...


@runtime_checkable
class BatchHandler(ChoosyHandler, Protocol):
    """A service that handles many events as cheaply as one: it is given what has piled up, and gathers for a moment."""

    async def handle(self, event: AnyEvent) -> None: ...

    async def handle_batch(self, events: Sequence[AnyEvent]) -> None:
        """All or nothing: a batch that failed is handed in again event by event, so that one bad event costs only itself."""
        ...


class NotHere(KeyError):
    """Another process has the call that an event is about."""


class Dispatcher:
    """Owns the reader, one mailbox per service, and the cursor."""

    def __init__(
        self,
        bus: Bus,
        store: StateStore,
        clock: Clock,
        services: Mapping[str, Handler],
        letters: DeadLetters,
        *,
        partitioned: Set[str] = frozenset(),
        beside: Set[str] = frozenset(),
        key: str | None = KEY,
    ) -> None:
        """`partitioned` names the services that work on the partitions of this process: all of them, unless it says which
        (`owns`). Those `beside` them need only what concerns everybody. `key`: under which it is written down how far everybody
        is; None for a process that begins anew each time.
        """
        self._bus = bus
        self._store = store
        self._clock = clock
        self._key = key
        self._caution = Caution(store, clock)
        self._mailboxes = {name: _Mailbox(name, service, clock, letters, self._caution) for name, service in services.items()}
        self._partitioned = [mailbox for name, mailbox in self._mailboxes.items() if name in partitioned]
        for mailbox in self._partitioned:
            mailbox.is_mine = self._is_mine
        self._owned = ALL
        self._needs_all = not self._mailboxes.keys() <= partitioned | beside
        self._turn = asyncio.Lock()
        self._behind: list[str] = []
        """Where partitions are read on from that were taken just now."""
        self._read = "0"
        self._saved = ""
        self.handled = 0

    async def saved(self) -> str:
        """Up to where everything was handled when it was written down last; empty: never. Raises `Unavailable`."""
        return _cursor((await self._store.load_all(KIND)).get(KEY))

    async def run(self, first_cursor: str, also_from: str = "") -> None:
        """Until cancelled. `first_cursor` is where a new installation begins; `also_from`: where its partitions begin, if that is
        earlier. Raises `Unavailable` when it cannot begin."""
        saved = None if self._key is None else (await self._store.load_all(KIND)).get(self._key)
        self._saved = _cursor(saved)
        begins = self._saved or first_cursor
        self._read = min(begins, also_from or begins, key=in_stream_order)
        if self._key is not None:
            await self._caution.begin(self._key, self._read)
        async with asyncio.TaskGroup() as tasks:
            for mailbox in self._mailboxes.values():
                mailbox.done = self._read
                tasks.create_task(mailbox.run(), name=f"mailbox-{mailbox.name}")
            tasks.create_task(self._save_now_and_then(), name="save-cursor")
            tasks.create_task(self._read_for_ever(), name="read-events")

    def lag_s(self) -> dict[str, float]:
        """How far behind each service is: the age of the event in its hands, 0 when it has none."""
        now = self._clock.now()
        return {name: mailbox.lag_s(now) for name, mailbox in self._mailboxes.items()}

    @property
    def failures(self) -> dict[str, int]:
        return {name: mailbox.failures for name, mailbox in self._mailboxes.items()}

    async def hand_in(self, service: str, event: AnyEvent) -> bool:
        """Gives one service an event again, after those that wait. False: it failed again. Raises `KeyError`: no such service;
        `NotHere`."""
        mailbox = self._mailboxes[service]
        if not mailbox.is_mine(event):
            raise NotHere(service)
        return await mailbox.hand_in(event)

    @property
    def caught_up(self) -> bool:
        return all(lag < CAUGHT_UP_LAG_S for lag in self.lag_s().values())

    @property
    def cursor(self) -> str:
        """Everything up to here is handled."""
        return min(
            [*self._behind, *(mailbox.done for mailbox in self._mailboxes.values())], key=in_stream_order, default=self._read
        )

    async def save(self) -> None:
        """Writes down how far everybody is. Raises `Unavailable`."""
        cursor = self.cursor
        if self._key is not None and cursor != self._saved:
            await self._store.save(KIND, self._key, cursor.encode())
            self._saved = cursor

    def owns(self, partitions: Set[int]) -> None:
        """Before `run`: those of this process."""
        self._owned = frozenset(partitions)

    async def take(self, partitions: Set[int], after: str) -> Awaitable[None]:
        """From now on these, too, beginning after this cursor. What it returns waits until what has passed since is handled.
        Raises `Unavailable`."""
        async with self._turn:
            past = await self._bus.past(after, self._read, lambda partition: partition not in partitions)
            self._owned |= partitions
            self._behind.append(after)
            for cursor, event in past:
                for mailbox in self._partitioned:
                    await mailbox.put(cursor, event if concerns(event, partitions) else None)
        return self._caught_up_from(after)

    async def _caught_up_from(self, after: str) -> None:
        try:
            await self._until_handled()
        finally:
            self._behind.remove(after)

    async def drop(self, partitions: Set[int]) -> str:
        """From now on without these. The cursor after which they are to be read on: what was given already is handled, unless
        that takes long; then whoever takes them over handles it."""
        async with self._turn:
            read = self._read
            try:
                async with asyncio.timeout(DROP_WITHIN_S):
                    await self._until_handled()
            except TimeoutError:
                read = self.cursor
            self._owned -= partitions
        return read

    async def _until_handled(self) -> None:
        await asyncio.gather(*(mailbox.until_here() for mailbox in self._partitioned))

    async def _read_for_ever(self) -> None:
        while True:
            await self._read_on()

    async def _read_on(self) -> None:
        """Until other partitions are taken: what was fetched before that may have passed by what concerns them."""
        owned, skip = self._owned, _nothing if self._needs_all else self._is_foreign
        async with aclosing(self._bus.sifted(self._read, skip)) as events:
            async for cursor, event in events:
                async with self._turn:
                    if self._owned is not owned:
                        return
                    mine = event is not None and self._is_mine(event)
                    for mailbox in self._mailboxes.values():
                        await mailbox.put(cursor, event if mine or mailbox not in self._partitioned else None)
                    self._read = cursor
                    self.handled += 1

    def _is_mine(self, event: AnyEvent) -> bool:
        partition = partition_of_event(event)
        return partition is None or partition in self._owned

    def _is_foreign(self, partition: int) -> bool:
        return partition not in self._owned

    async def _save_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            try:
                await self.save()
            except Unavailable:
                continue  # Redis is away: what happens meanwhile is read again after a restart


def _nothing(partition: int) -> bool:
    del partition
    return False


def concerns(event: AnyEvent, partitions: Set[int]) -> bool:
    """Also one for everybody: who takes a call over has not heard it as this call's."""
    partition = partition_of_event(event)
    return partition is None or partition in partitions


class _Entry(NamedTuple):
    cursor: str
    """Empty: not from the stream, but handed in again."""
    event: AnyEvent | None
    """None: only to be told when everything before it is handled."""
    handled: asyncio.Future[bool] | None = None


class _Mailbox:
    """One service, its queue, and how far it is."""

    def __init__(self, name: str, service: Handler, clock: Clock, letters: DeadLetters, caution: Caution) -> None:
        self.name = name
        self.events: asyncio.Queue[_Entry] = asyncio.Queue(MOST_EVENTS_WAITING)
        self.done = "0"
        self.failures = 0
        self.is_mine: Callable[[AnyEvent], bool] = lambda _: True
        """Asked when it is handled: what it concerns may have gone to another process since."""
        self._service = service
        self._clock = clock
        self._letters = letters
        self._caution = caution
        self._wanted = service.wanted if isinstance(service, ChoosyHandler) else None
        self._in_hand: AnyEvent | None = None
        self._failing: type | None = None
        """The kind of event that failed last, with nothing handled since: no second try for the next of its kind."""

    async def put(self, cursor: str, event: AnyEvent | None) -> None:
        """None: one that does not concern this service."""
        if event is not None and (self._wanted is None or type(event) in self._wanted):
            await self.events.put(_Entry(cursor, event))
        elif self._in_hand is None and self.events.empty():
            self.done = cursor

    async def hand_in(self, event: AnyEvent) -> bool:
        handled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self.events.put(_Entry("", event, handled))
        return await handled

    async def until_here(self) -> None:
        """Until everything that was put before is handled."""
        handled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self.events.put(_Entry("", None, handled))
        await handled

    def lag_s(self, now: float) -> float:
        return 0.0 if self._in_hand is None else max(0.0, now - self._in_hand.at)

    async def run(self) -> None:
        while True:
            entry = await self.events.get()
            self._in_hand = entry.event
            if isinstance(self._service, BatchHandler) and not self._caution.needed:
                await self._run_batch(self._service, entry)
            else:
                await self._run_one(entry)
            self._in_hand = None

    async def _run_one(self, entry: _Entry) -> None:
        event = entry.event
        passes_by = event is None or not self.is_mine(event)
        handled = passes_by or (event is not None and await self._handle_one(entry.cursor, event))
        if entry.handled is not None and not entry.handled.done():
            entry.handled.set_result(handled)
        self.done = entry.cursor or self.done

    async def _handle_one(self, cursor: str, event: AnyEvent) -> bool:
        return await (self._handle_carefully(cursor, event) if self._caution.needed else self._handle(event))

    async def _run_batch(self, service: BatchHandler, first: _Entry) -> None:
        batch = [first]
        while len(batch) < LARGEST_BATCH and not self.events.empty():
            batch.append(self.events.get_nowait())
        again = any(entry.handled is not None for entry in batch)
        events = [entry.event for entry in batch if entry.event is not None and self.is_mine(entry.event)]
        if again or not await self._handle_all(service, events):
            for entry in batch:
                await self._run_one(entry)
        self.done = next((entry.cursor for entry in reversed(batch) if entry.cursor), self.done)
        self._in_hand = None
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

    async def _handle_carefully(self, cursor: str, event: AnyEvent) -> bool:
        if cursor and self._caution.is_guilty(self.name, cursor):
            await self._set_aside(event, EndedTheProcess())
            return False
        await self._caution.in_hand(self.name, cursor)
        try:
            return await self._handle(event)
        finally:  # also when the process is asked to stop: then it did not end by this event
            await asyncio.shield(self._caution.done(self.name))

    async def _handle(self, event: AnyEvent) -> bool:
        """Tries for as long as something the service needs is away; an event that it fails at is set aside. False: it was."""
        about = log.bind(service=self.name, event_type=type(event).__name__)
        failures = 0
        while True:
            try:
                await until_available(partial(self._service.handle, event), "service", about, asyncio.sleep)
            except Exception as error:  # border of the process: one event that one service cannot handle must not stop all calls
                failures += 1
                if failures < TRIES and self._failing is not type(event):
                    await asyncio.sleep(TRY_AGAIN_S)
                    continue
                self._failing = type(event)
                log.exception("event failed", service=self.name, event_type=type(event).__name__, **ids_of(event))
                await self._set_aside(event, error)
                return False
            else:
                self._failing = None
                return True

    async def _set_aside(self, event: AnyEvent, error: Exception) -> None:
        self.failures += 1
        await self._letters.set_aside(letter_about(event, Stage.HANDLE, self.name, error, at=self._clock.now()))


def _cursor(saved: bytes | None) -> str:
    """Empty for one that is none: then everything that is still in the stream is read, and what comes twice changes nothing."""
    text = saved.decode(errors="replace") if saved else ""
    return text if all(part.isascii() and part.isdigit() for part in text.split("-", 1)) else ""


def in_stream_order(cursor: str) -> tuple[int, int]:
    """Redis stream ids compare as two numbers (milliseconds, counter)."""
    first, _, second = cursor.partition("-")
    return int(first or 0), int(second or 0)
