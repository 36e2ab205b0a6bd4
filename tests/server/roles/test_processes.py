"""What processes know of each other, and give each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.events import AnyEvent, HistoryImported
from core.ids import FlowId
from core.ports import Unavailable
from server.https.facts import CertificateFacts
from server.roles import processes as module
from server.roles.processes import KIND, Processes
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until

FLOW = FlowId("flow_1")


class Boxes:
    """A dispatcher with one service, which fails when it is `broken`."""

    def __init__(self, service: str, lag_s: float = 0.0) -> None:
        self.handled, self.failures = 7, {service: 1}
        self.given: list[AnyEvent] = []
        self.broken = False
        self._lag = {service: lag_s}

    def lag_s(self) -> dict[str, float]:
        return self._lag

    async def hand_in(self, service: str, event: AnyEvent) -> bool:
        self._lag[service]
        self.given.append(event)
        return not self.broken


class Machine:
    def __init__(self) -> None:
        self.bus, self.store = MemoryBus(), MemoryStore()

    @asynccontextmanager
    async def process(self, role: str, boxes: Boxes, callers: int = 0, ends_at: float | None = None) -> AsyncIterator[Processes]:
        shows = None if ends_at is None else CertificateFacts(ends_at=ends_at)
        made = Processes(self.bus, self.store, (role,), lambda: ((FLOW, 3, callers),) if callers else (), lambda: shows)
        made.hears_by(boxes)
        await made.start()
        tasks = [asyncio.create_task(made.run()), asyncio.create_task(made.serve())]
        try:
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(module, "SILENT_S", 0.3)
    monkeypatch.setattr(module, "FORGET_S", 0.6)


async def test_every_process_is_known_by_what_it_is_and_what_it_has() -> None:
    machine = Machine()
    async with (
        machine.process("desk", Boxes("live", 0.5)) as desk,
        machine.process("worker", Boxes("calls", 2.0), callers=2) as one,
        machine.process("worker", Boxes("calls", 1.0), callers=3),
    ):
        await until(lambda: len(desk.living) == 3)
        await until(lambda: desk.callers()[FLOW, 3] == 5)
        assert desk.lag_s() == {"live": 0.5, "calls": 2.0}
        assert desk.failures() == {"live": 1, "calls": 2}
        assert desk.has("worker")
        assert not desk.has("queues")
        assert one.process_id in desk.living
        assert desk.by_role() == {"worker": 2, "desk": 1, "installation": 0}


async def test_a_process_that_says_nothing_any_more_counts_no_longer_and_is_forgotten() -> None:
    machine = Machine()
    async with machine.process("desk", Boxes("live")) as desk:
        async with machine.process("worker", Boxes("calls")):
            await until(lambda: desk.has("worker"))
        await until(lambda: not desk.has("worker"))
        await until(lambda: len(machine.store.kinds[KIND]) == 1)


async def test_one_that_leaves_is_gone_at_once() -> None:
    machine = Machine()
    async with machine.process("desk", Boxes("live")) as desk, machine.process("worker", Boxes("calls")) as worker:
        await until(lambda: desk.has("worker"))
    await worker.leave()
    await desk.start()
    assert not desk.has("worker")


async def test_an_event_is_handed_in_where_the_service_is() -> None:
    machine = Machine()
    calls, event = Boxes("calls"), HistoryImported(at=1.0)
    async with machine.process("desk", Boxes("live")) as desk, machine.process("worker", calls):
        await until(lambda: desk.has("worker"))
        assert await desk.hand_in("calls", event)
        calls.broken = True
        assert not await desk.hand_in("calls", event)
        assert calls.given == [event, event]
        with pytest.raises(KeyError):
            await desk.hand_in("weather", event)


async def test_where_it_is_gone_meanwhile_nothing_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDLED_WITHIN_S", 0.05)
    machine = Machine()
    async with machine.process("desk", Boxes("live")) as desk:
        async with machine.process("worker", Boxes("calls")):
            await until(lambda: desk.has("worker"))
        with pytest.raises(Unavailable):
            await desk.hand_in("calls", HistoryImported(at=1.0))


async def test_the_certificate_that_ends_first_is_everybodys_concern() -> None:
    machine = Machine()
    async with machine.process("installation", Boxes("attention")) as house:
        assert house.certificate() is None
        async with machine.process("desk", Boxes("live"), ends_at=200.0), machine.process("desk", Boxes("live"), ends_at=100.0):
            await until(lambda: house.certificate() == CertificateFacts(ends_at=100.0))
