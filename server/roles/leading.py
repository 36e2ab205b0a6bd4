"""What one process at a time does: one of several candidates acts, the others stand by and take over within 3 s.

Invariant: whoever acts has the lease (`core.leadership`), and stops as soon as it sees that somebody else has it. What happened
while nobody acted is handled by whoever begins: read again from where the last one was, before anything new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from acd.leadership import election
from acd.leadership.election import BEAT_EVERY_S, LOOK_EVERY_S, Watch
from core.dead_letters import Stage, letter_about
from core.events import AnyEvent
from core.leadership import Fence, Fenced, Lease
from core.ports import Clock, DeadLetters, StateStore, Unavailable
from core.retrying import until_available
from server.dispatcher import KEY, KIND, BatchHandler, ChoosyHandler, Handler
from server.roles.part import Tasks

log = structlog.get_logger(__name__)

MARK_EVERY_S = 1.0


class PastEvents(Protocol):
    """What is asked of the bus."""

    async def cursor(self) -> str: ...

    async def past(self, after: str, until: str, skip: Callable[[int], bool]) -> list[tuple[str, AnyEvent]]: ...


class Leading:
    """Owns one candidacy. `leads` says whether it is for this process to act."""

    def __init__(
        self, what: str, lease: Lease, bus: PastEvents, store: StateStore, *, letters: DeadLetters, clock: Clock
    ) -> None:
        """`what` is done by one at a time, for logs and for the mark of how far it is."""
        self._letters = letters
        self._clock = clock
        self._what = what
        self._lease = lease
        self._bus = bus
        self._store = store
        self._begun = asyncio.Event()
        self._begun.set()
        self.leads = False

    async def mine(self) -> bool:
        """Whether what happens now is for this process to handle; while it begins, that is decided when it has begun."""
        await self._begun.wait()
        return self.leads

    async def run(
        self, work: Callable[[], Tasks], services: Mapping[str, Handler] | None = None, here: Callable[[], str] | None = None
    ) -> None:
        """Until cancelled. `work` runs while this process leads, `services` are given what happened before, `here` is up to where
        it has handled the event stream.
        """
        while True:
            fence = await self._stand()
            log.info("this process leads", part=self._what, term=fence.token)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._beat(fence), name=f"{self._what}-beat")
                    await self._begin(services or {})
                    if here is not None:
                        tasks.create_task(self._mark(here), name=f"{self._what}-mark")
                    for name, each in work().items():
                        tasks.create_task(each, name=name)
            except* Fenced:
                log.warning("this process leads no longer", part=self._what, term=fence.token)
            finally:
                self.leads = False
                self._begun.set()

    async def _stand(self) -> Fence:
        watch, steady = Watch(), asyncio.get_running_loop().time
        while True:
            try:
                record = await self._lease.look()
                if watch.saw(record, steady()) and (fence := await self._lease.take(record)) is not None:
                    return fence
            except Unavailable:
                watch.saw_nothing()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _begin(self, services: Mapping[str, Handler]) -> None:
        """What the last one had not handled."""
        self._begun.clear()
        missed = await until_available(self._missed, self._what, log, asyncio.sleep) if services else []
        for event in missed:
            for name, service in services.items():
                if not isinstance(service, ChoosyHandler) or type(event) in service.wanted:
                    await self._hand_in(name, service, event)
        self.leads = True
        self._begun.set()

    async def _hand_in(self, name: str, service: Handler, event: AnyEvent) -> None:
        try:
            await until_available(lambda: service.handle(event), name, log, asyncio.sleep)
        except Exception as error:  # border of a service, as in the dispatcher: one event must not keep the rest from being done
            log.exception("event failed", service=name, event_type=type(event).__name__)
            await self._letters.set_aside(letter_about(event, Stage.HANDLE, name, error, at=self._clock.now()))

    async def _missed(self) -> list[AnyEvent]:
        """Raises `Unavailable`."""
        marks = await self._store.load_all(KIND)
        mark = (marks.get(self._what) or marks.get(KEY) or b"").decode(errors="replace")
        if not mark:
            return []
        until = await self._bus.cursor()
        return [event for _, event in await self._bus.past(mark, until, lambda _: False)]

    async def _mark(self, here: Callable[[], str]) -> None:
        """Writes down how far this process is, for whoever follows."""
        while True:
            with suppress(Unavailable):
                await self._store.save(KIND, self._what, here().encode())
            await asyncio.sleep(MARK_EVERY_S)

    async def _beat(self, fence: Fence) -> None:
        """Raises `Fenced`, also when it could not renew for so long that another one may have begun: it may be this process alone
        that does not reach Redis.
        """
        steady = asyncio.get_running_loop().time
        renewed_at = steady()
        try:
            while True:
                try:
                    await self._lease.renew(fence)
                    renewed_at = steady()
                except Unavailable:
                    if steady() - renewed_at > election.SILENCE_S:
                        raise Fenced from None
                await asyncio.sleep(BEAT_EVERY_S)
        except asyncio.CancelledError:
            with suppress(Unavailable):  # then another one takes over after a silence
                await self._lease.release(fence)
            raise


class Service(ChoosyHandler, Handler, Protocol):
    """Whom only some events concern."""


class Led:
    """A service that only whoever leads may do; in front of the dispatcher."""

    def __init__(self, service: Service, leading: Leading, follow: Callable[[AnyEvent], None] = lambda _: None) -> None:
        """`follow` is told while this process only stands by."""
        self._service = service
        self._leading = leading
        self._follow = follow

    @property
    def wanted(self) -> frozenset[type]:
        return self._service.wanted

    async def handle(self, event: AnyEvent) -> None:
        if await self._leading.mine():
            await self._service.handle(event)
        else:
            self._follow(event)


class LedInBatches(Led):
    """The same of one that takes many events at once."""

    def __init__(self, service: BatchHandler, leading: Leading) -> None:
        super().__init__(service, leading)
        self._batches = service

    async def handle_batch(self, events: Sequence[AnyEvent]) -> None:
        if await self._leading.mine():
            await self._batches.handle_batch(events)
