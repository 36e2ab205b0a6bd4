"""Every service gets every event, whatever happens to the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from core.causes import EndCause
from core.events import AnyEvent, CallEnded, NodeLost, NodeStarted, OfferAccepted
from core.ids import AgentId, CallId, NodeId, OfferId, QueueId, WorkId
from core.partitions import partition_of
from core.ports import Unavailable
from server.clock import SystemClock
from server.dispatcher import KEY, KIND, Dispatcher, Handler, NotHere
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until


class Service:
    """Remembers what it was given; `trouble` is asked before each event."""

    def __init__(self, trouble: Callable[[AnyEvent], Exception | None] = lambda _: None) -> None:
        self.seen: list[float] = []
        self._trouble = trouble

    async def handle(self, event: AnyEvent) -> None:
        error = self._trouble(event)
        if error is not None:
            raise error
        self.seen.append(event.at)


def event(number: float) -> NodeStarted:
    return NodeStarted(at=number, node_id=NodeId("node_1"), pid=1)


@asynccontextmanager
async def running(
    bus: MemoryBus, store: MemoryStore, letters: MemoryDeadLetters | None = None, **services: Handler
) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(bus, store, SystemClock(), services, letters if letters is not None else MemoryDeadLetters())
    task = asyncio.create_task(dispatcher.run("0"))
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Choosy(Service):
    """Is concerned with the starts of nodes only."""

    @property
    def wanted(self) -> frozenset[type]:
        return frozenset({NodeStarted})


class Batches(Service):
    """Takes many at once."""

    def __init__(self, trouble: Callable[[AnyEvent], Exception | None] = lambda _: None) -> None:
        super().__init__(trouble)
        self.sizes: list[int] = []

    @property
    def wanted(self) -> frozenset[type]:
        return frozenset({NodeStarted})

    async def handle_batch(self, events: Sequence[AnyEvent]) -> None:
        if (error := next(filter(None, map(self._trouble, events)), None)) is not None:
            raise error
        self.sizes.append(len(events))
        self.seen += [event.at for event in events]


async def test_events_that_do_not_concern_a_service_pass_by_it_and_are_not_read_again() -> None:
    bus, store, choosy = MemoryBus(), MemoryStore(), Choosy()
    for number in range(3):
        await bus.publish(event(number))
    await bus.publish(NodeLost(at=3, node_id=NodeId("node_1"), reason="it was killed"))
    async with running(bus, store, choosy=choosy, other=Service()) as dispatcher:
        await until(lambda: dispatcher.handled == 4 and dispatcher.caught_up)
        await dispatcher.save()
    assert choosy.seen == [0, 1, 2]
    again = Choosy()
    async with running(bus, store, choosy=again):
        await bus.publish(event(4))
        await until(lambda: bool(again.seen))
    assert again.seen == [4]


async def test_what_has_piled_up_comes_in_one_batch_and_in_order() -> None:
    bus, service = MemoryBus(), Batches()
    for number in range(300):
        await bus.publish(event(number))
    async with running(bus, MemoryStore(), service=service):
        await until(lambda: len(service.seen) == 300)
    assert service.seen == list(range(300))
    assert len(service.sizes) < 20


async def test_one_bad_event_in_a_batch_costs_only_itself() -> None:
    bus, service = MemoryBus(), Batches(lambda event: KeyError("mistake") if event.at == 7 else None)
    for number in range(20):
        await bus.publish(event(number))
    async with running(bus, MemoryStore(), service=service) as dispatcher:
        await until(lambda: len(service.seen) == 19)
        assert dispatcher.failures == {"service": 1}
    assert 7 not in service.seen


async def test_a_batch_waits_for_what_is_away_and_is_handed_in_again_after_a_restart() -> None:
    bus, store, away = MemoryBus(), MemoryStore(), [True]
    service = Batches(lambda event: Unavailable("no database") if away[0] and event.at >= 3 else None)
    for number in range(5):
        await bus.publish(event(number))
    async with running(bus, store, service=service):
        await until(lambda: service.seen == [0, 1, 2])
    away[0] = False
    async with running(bus, store, service=service):
        await until(lambda: 4 in service.seen)
    assert service.seen[-2:] == [3, 4]


async def test_what_a_service_does_not_want_passes_it_by_and_is_not_read_again() -> None:
    bus, store, service = MemoryBus(), MemoryStore(), Batches()
    lost = NodeLost(at=1, node_id=NodeId("node_1"), reason="test")
    async with running(bus, store, service=service) as dispatcher:
        for _ in range(5):
            await bus.publish(lost)
        await until(lambda: dispatcher.handled == 5)
        await dispatcher.save()
    saved = (await store.load_all(KIND))[KEY]
    async with running(bus, store, service=service) as dispatcher:
        await bus.publish(event(9))
        await until(lambda: service.seen == [9])
        assert dispatcher.handled == 1, saved


async def test_events_come_to_every_service_in_order() -> None:
    bus, first, second = MemoryBus(), Service(), Service()
    async with running(bus, MemoryStore(), first=first, second=second):
        for number in range(20):
            await bus.publish(event(number))
        await until(lambda: len(first.seen) == len(second.seen) == 20)
    assert first.seen == second.seen == list(range(20))


async def test_a_service_that_fails_on_one_event_goes_on_with_the_next_and_disturbs_nobody() -> None:
    bus, well = MemoryBus(), Service()
    ill = Service(lambda event: KeyError("mistake") if event.at == 1 else None)
    async with running(bus, MemoryStore(), ill=ill, well=well) as dispatcher:
        for number in range(3):
            await bus.publish(event(number))
        await until(lambda: ill.seen == [0, 2] and well.seen == [0, 1, 2])
        assert dispatcher.failures == {"ill": 1, "well": 0}


async def test_an_event_that_fails_is_tried_again_and_then_set_aside_and_can_be_handed_in_again() -> None:
    bus, letters, mended = MemoryBus(), MemoryDeadLetters(), [False]
    tries: list[float] = []

    def trouble(event: AnyEvent) -> Exception | None:
        tries.append(event.at)
        return KeyError("mistake") if event.at == 1 and not mended[0] else None

    service = Service(trouble)
    async with running(bus, MemoryStore(), letters, service=service) as dispatcher:
        for number in range(3):
            await bus.publish(event(number))
        await until(lambda: service.seen == [0, 2])
        assert tries == [0, 1, 1, 2]
        (letter,) = letters.letters
        assert (letter.part, letter.kind, letter.ids) == ("service", "NodeStarted", {"node_id": "node_1"})
        assert not await dispatcher.hand_in("service", event(1))
        mended[0] = True
        assert await dispatcher.hand_in("service", event(1))
        assert service.seen == [0, 2, 1]


async def test_a_kind_of_event_that_always_fails_is_not_tried_twice_each_time() -> None:
    bus, letters, tries = MemoryBus(), MemoryDeadLetters(), list[float]()
    service = Service(lambda event: tries.append(event.at) or KeyError("mistake"))  # type: ignore[func-returns-value]
    async with running(bus, MemoryStore(), letters, service=service):
        for number in range(4):
            await bus.publish(event(number))
        await until(lambda: len(letters.letters) == 4)
    assert tries == [0, 0, 1, 2, 3]


async def test_a_batch_service_is_given_again_what_was_set_aside() -> None:
    bus, service = MemoryBus(), Batches()
    async with running(bus, MemoryStore(), service=service) as dispatcher:
        await bus.publish(event(1))
        await until(lambda: service.seen == [1])
        assert await dispatcher.hand_in("service", event(7))
    assert service.seen == [1, 7]


class Deadly(Service):
    """Ends the process at one event, as a crash in C code or the watchdog would: nothing after it runs."""

    killed = False

    async def handle(self, event: AnyEvent) -> None:
        if event.at == 1:
            self.killed = True
            await asyncio.Event().wait()
        await super().handle(event)


async def test_an_event_that_ends_the_process_is_set_aside_after_a_few_starts() -> None:
    bus, store, letters, other = MemoryBus(), MemoryStore(), MemoryDeadLetters(), Service()
    for number in range(3):
        await bus.publish(event(number))
    starts = 0
    while not letters.letters:
        starts += 1
        assert starts < 6, "the same message ends every process"
        deadly = Deadly()
        async with running(bus, store, letters, deadly=deadly, other=other):
            await until(lambda over=deadly: over.killed or bool(letters.letters))  # type: ignore[misc]  # bound to this start
            if deadly.killed:
                store.frozen = True  # a killed process writes nothing more
        store.frozen = False
    assert [(letter.part, letter.kind, letter.reason) for letter in letters.letters] == [
        ("deadly", "NodeStarted", "EndedTheProcess")
    ]
    assert 2 in other.seen


async def test_a_cursor_that_is_none_means_from_the_beginning() -> None:
    bus, store, service = MemoryBus(), MemoryStore(), Service()
    await store.save(KIND, KEY, b"\xff rubbish")
    await bus.publish(event(1))
    async with running(bus, store, service=service):
        await until(lambda: service.seen == [1])


async def test_a_service_that_waits_for_its_database_keeps_its_event_and_holds_up_nobody() -> None:
    bus, well, away = MemoryBus(), Service(), [True]
    waiting = Service(lambda _: Unavailable("no database") if away[0] else None)
    async with running(bus, MemoryStore(), waiting=waiting, well=well) as dispatcher:
        for number in range(3):
            await bus.publish(event(number))
        await until(lambda: well.seen == [0, 1, 2])
        assert waiting.seen == []
        assert dispatcher.lag_s()["waiting"] > 1000
        assert not dispatcher.caught_up
        away[0] = False
        await until(lambda: waiting.seen == [0, 1, 2])


async def test_after_a_restart_reading_goes_on_at_the_oldest_event_that_somebody_has_not_finished() -> None:
    bus, store, fast = MemoryBus(), MemoryStore(), Service()
    slow = Service(lambda event: Unavailable("away") if event.at == 2 else None)
    async with running(bus, store, fast=fast, slow=slow) as dispatcher:
        for number in range(5):
            await bus.publish(event(number))
        await until(lambda: len(fast.seen) == 5 and len(slow.seen) == 2)
        await dispatcher.save()
    assert (await store.load_all(KIND))[KEY] == b"2"
    again = Service()
    async with running(bus, store, again=again):
        await until(lambda: len(again.seen) == 3)
    assert again.seen == [2, 3, 4]


MINE, OTHERS = CallId("call_1"), CallId("call_0193f3c2a7")


def ended(call_id: CallId, number: float) -> CallEnded:
    return CallEnded(at=number, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=0.0)


def accepted(call_id: CallId, number: float) -> OfferAccepted:
    ids = OfferId("offer_1"), WorkId("work_1"), QueueId("queue_1"), AgentId("agent_1")
    offer_id, work_id, queue_id, agent_id = ids
    return OfferAccepted(
        at=number, offer_id=offer_id, work_id=work_id, call_id=call_id, queue_id=queue_id, agent_id=agent_id, waited_s=0
    )


async def test_who_works_on_partitions_hears_of_those_of_this_process_and_what_concerns_everybody() -> None:
    bus, store, calls, live = MemoryBus(), MemoryStore(), Service(), Service()
    for told in (ended(MINE, 1), ended(OTHERS, 2), event(3), accepted(OTHERS, 4), ended(OTHERS, 5)):
        await bus.publish(told)
    services: dict[str, Handler] = {"calls": calls, "live": live}
    dispatcher = Dispatcher(bus, store, SystemClock(), services, MemoryDeadLetters(), partitioned={"calls"})
    dispatcher.owns({partition_of(MINE)})
    task = asyncio.create_task(dispatcher.run("0"))
    await until(lambda: live.seen == [1, 2, 3, 4, 5] and len(calls.seen) == 3)
    assert calls.seen == [1, 3, 4]
    await (await dispatcher.take({partition_of(OTHERS)}, after="2"))
    assert calls.seen == [1, 3, 4, 3, 4, 5], "what was read before it was taken, and what concerns everybody"
    await bus.publish(ended(OTHERS, 6))
    await until(lambda: live.seen[-1] == 6)
    assert await dispatcher.drop({partition_of(MINE)}) == "6"
    for told in (ended(MINE, 7), ended(OTHERS, 8)):
        await bus.publish(told)
    await until(lambda: live.seen[-1] == 8 and calls.seen[-1] == 8)
    assert calls.seen == [1, 3, 4, 3, 4, 5, 6, 8]
    with pytest.raises(NotHere):
        await dispatcher.hand_in("calls", ended(MINE, 9))
    assert live.seen == [1, 2, 3, 4, 5, 6, 7, 8], "the others hear everything once"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_was_taken_counts_as_read_when_it_is_handled() -> None:
    """A process killed in between leaves it to the next one."""
    bus, store, slow = MemoryBus(), MemoryStore(), Slow()
    for number in range(1, 4):
        await bus.publish(ended(OTHERS, number))
    dispatcher = Dispatcher(bus, store, SystemClock(), {"calls": slow}, MemoryDeadLetters(), partitioned={"calls"})
    dispatcher.owns(set())
    task = asyncio.create_task(dispatcher.run("3"))
    await bus.publish(event(4))
    await until(lambda: dispatcher.cursor == "4")
    taken = await dispatcher.take({partition_of(OTHERS)}, after="1")
    await until(lambda: slow.begun == [4, 2])
    assert dispatcher.cursor == "1"
    slow.go_on.set()
    await taken
    await bus.publish(event(5))
    await until(lambda: dispatcher.cursor == "5")
    assert slow.begun == [4, 2, 3, 4, 5]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Slow:
    """Needs leave for each call."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.go_on = asyncio.Event()

    async def handle(self, event: AnyEvent) -> None:
        self.begun.append(event.at)
        if isinstance(event, CallEnded):
            await self.go_on.wait()


async def test_who_works_on_partitions_alone_passes_by_what_concerns_other_calls() -> None:
    """Without looking at it, and yet knows how far it has read."""
    bus, calls, fleet = MemoryBus(), Service(), Service()
    for told in (ended(OTHERS, 1), event(2), ended(MINE, 3), ended(OTHERS, 4)):
        await bus.publish(told)
    services: dict[str, Handler] = {"calls": calls, "fleet": fleet}
    dispatcher = Dispatcher(
        bus, MemoryStore(), SystemClock(), services, MemoryDeadLetters(), partitioned={"calls"}, beside={"fleet"}, key=None
    )
    dispatcher.owns({partition_of(MINE)})
    task = asyncio.create_task(dispatcher.run("0"))
    await until(lambda: len(calls.seen) == len(fleet.seen) == 2)
    await bus.publish(ended(OTHERS, 5))
    await until(lambda: dispatcher.cursor == "5")
    assert (calls.seen, fleet.seen) == ([2, 3], [2, 3])
    await (await dispatcher.take({partition_of(OTHERS)}, after="0"))
    assert (calls.seen, fleet.seen) == ([2, 3, 1, 2, 4, 5], [2, 3])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
