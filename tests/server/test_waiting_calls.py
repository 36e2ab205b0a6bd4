"""Whoever hears that they wait, waits: places that the ACD does not have are asked for again, once they are surely lost."""

from __future__ import annotations

from collections.abc import Sequence

from core.events import Alert
from core.ids import CallId, WorkId
from server.clock import SystemClock
from server.waiting_calls import LOOKS, TOLD_FOR_S, WaitingCalls
from tests.peers.memory_bus import MemoryBus

FIRST, SECOND = (CallId("call_1"), WorkId("work_1")), (CallId("call_2"), WorkId("work_2"))


class Callers:
    """Of whom each asks for its place as soon as it hears that it is lost."""

    def __init__(self, acd: Acd, *waiting: tuple[CallId, WorkId]) -> None:
        self.waiting = {work_id: call_id for call_id, work_id in waiting}
        self._acd = acd

    def place_lost(self, call_id: CallId) -> None:
        self._acd.line += [work_id for work_id, each in self.waiting.items() if each == call_id]


class Acd:
    def __init__(self, *line: WorkId) -> None:
        self.line = list(line)

    async def missing(self, work_ids: Sequence[WorkId]) -> list[WorkId]:
        return [work_id for work_id in work_ids if work_id not in self.line]


class Clock:
    def __init__(self) -> None:
        self.at = 1_780_000_000.0

    def now(self) -> float:
        return self.at


async def told(bus: MemoryBus) -> list[tuple[str, object]]:
    return [(event.severity, event.details.get("count")) for event in bus.published if isinstance(event, Alert)]


async def test_callers_whose_places_are_lost_get_others_in_their_order_and_the_board_is_told() -> None:
    acd, bus, clock = Acd(), MemoryBus(), Clock()
    watch = WaitingCalls(Callers(acd, FIRST, SECOND), acd, bus, clock)
    lost = [await watch.look() for _ in range(LOOKS + 1)]
    assert lost == [[]] * (LOOKS - 1) + [[FIRST[0], SECOND[0]]] + [[]]
    assert acd.line == [FIRST[1], SECOND[1]]
    assert await told(bus) == [("warning", 2)]
    clock.at += TOLD_FOR_S + 1
    await watch.look()
    assert await told(bus) == [("warning", 2), ("cleared", None)]


async def test_a_wish_on_its_way_and_an_end_that_is_not_known_yet_are_no_losses() -> None:
    acd, bus = Acd(), MemoryBus()
    callers = Callers(acd, FIRST)
    watch = WaitingCalls(callers, acd, bus, SystemClock())
    for _ in range(LOOKS - 1):
        await watch.look()
    acd.line.append(FIRST[1])
    await watch.look()
    acd.line.clear()
    for _ in range(LOOKS - 1):
        assert await watch.look() == []
    callers.waiting.clear()
    assert await watch.look() == []
    assert await told(bus) == []
