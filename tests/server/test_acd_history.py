"""The ACD's history follows the ACD, and never holds it up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from acd.engine.engine import Engine
from acd.leadership.journal import SNAPSHOT_EVERY_INPUTS, Entry, EntryKind
from acd.leadership.recorder import RecordedInputs
from acd.leadership.service import ADDRESSEE, AcdService
from core.codec import decode_command, decode_event
from core.commands import ConfigureAcd, EnqueueWork, SetAgentReachable, SetAgentState
from core.ids import AgentId, CallId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, QueueConfig
from core.ports import Unavailable
from server import acd_history
from server.acd_history import AcdHistory
from server.storage.sql.acd_inputs import SqlAcdInputs
from server.storage.sql.database import Database
from tests.acd.virtual_time import VirtualClock, in_virtual_time
from tests.peers.current_database import new_sqlite
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_leadership import MemoryLeadership

QUEUE, MEI = QueueId("queue_billing"), AgentId("agent_mei")


class Memory:
    """Inputs in memory; away when the test says so."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.away = False

    async def append(self, entries: Sequence[Entry]) -> int:
        if self.away:
            raise Unavailable("the database is away")
        self.entries += entries
        return len(entries)

    async def save_snapshot(self, seq: int, at: float, engine: bytes) -> None: ...

    async def forget(self, before: float) -> int:
        return 0


def timer(seq: int) -> Entry:
    return Entry(seq, float(seq), EntryKind.TIMER, b"")


async def replayed(inputs: RecordedInputs, until: float) -> Engine:
    beginning = await inputs.beginning(until)
    assert beginning is not None
    engine = Engine() if beginning.engine is None else Engine.restore(beginning.engine)
    async for entry in inputs.entries(beginning, until):
        if entry.kind is EntryKind.TIMER:
            engine.handle_timer(entry.at)
        else:
            decode = decode_command if entry.kind is EntryKind.COMMAND else decode_event
            engine.handle(decode(entry.payload), entry.at)
    return engine


async def a_busy_installation(bus: MemoryBus, calls: int) -> None:
    agent = AgentConfig(agent_id=MEI, name=MEI)
    await bus.send(ADDRESSEE, ConfigureAcd(queues=(QueueConfig(queue_id=QUEUE, name="Billing"),), agents=(agent,)))
    await bus.send(ADDRESSEE, SetAgentReachable(agent_id=MEI, channel=Channel.CALL, reachable=True))
    await bus.send(ADDRESSEE, SetAgentState(agent_id=MEI, state=AgentState.AVAILABLE))
    for number in range(calls):
        work, call = WorkId(f"work_{number}"), CallId(f"call_{number}")
        await bus.send(ADDRESSEE, EnqueueWork(work_id=work, call_id=call, channel=Channel.CALL, queue_id=QUEUE))


@pytest.mark.parametrize("calls", [3, SNAPSHOT_EVERY_INPUTS + 5])
@in_virtual_time
async def test_what_was_recorded_leads_to_the_state_of_the_living_engine(tmp_path: Path, calls: int) -> None:
    url = new_sqlite(tmp_path)
    database, bus, clock = Database(url), MemoryBus(), VirtualClock()
    ledger = MemoryLeadership(bus)
    inputs = SqlAcdInputs(database)
    history = AcdHistory(inputs, clock, MemoryDeadLetters(), keep_days=30)
    acd = AcdService(bus, ledger.lease("this"), ledger, clock, recorder=history)
    await acd.start()
    await a_busy_installation(bus, calls)
    await acd.stop()
    await history.write()
    engine = await replayed(inputs, clock.now())
    await database.close()
    assert engine.snapshot() == ledger.written.snapshot
    assert len(engine.registry.work_items) == calls


@in_virtual_time
async def test_what_one_process_never_wrote_the_next_one_does(tmp_path: Path) -> None:
    """The first one's history never reaches the database; who takes up the journal hands everything over again."""
    url = new_sqlite(tmp_path)
    database, bus, clock = Database(url), MemoryBus(), VirtualClock()
    ledger = MemoryLeadership(bus)
    inputs = SqlAcdInputs(database)
    lost = AcdHistory(inputs, clock, MemoryDeadLetters(), keep_days=30)
    first = AcdService(bus, ledger.lease("first"), ledger, clock, recorder=lost)
    await first.start()
    await a_busy_installation(bus, calls=5)
    history = AcdHistory(inputs, clock, MemoryDeadLetters(), keep_days=30)
    second = AcdService(bus, ledger.lease("second"), ledger, clock, recorder=history)
    await second.start()
    await second.stop()
    await first.stop()
    await history.write()
    engine = await replayed(inputs, clock.now())
    await database.close()
    assert len(engine.registry.work_items) == 5
    assert engine.snapshot() == ledger.written.snapshot


async def test_the_database_being_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acd_history, "LONGEST_LINE", 5)
    memory = Memory()
    memory.away = True
    history = AcdHistory(memory, VirtualClock(), MemoryDeadLetters(), keep_days=30)
    for seq in range(1, 4):
        history.record(timer(seq))
    with pytest.raises(Unavailable):
        await history.write()
    for seq in range(4, 11):
        history.record(timer(seq))
    memory.away = False
    await history.write()
    assert [entry.seq for entry in memory.entries] == [1, 2, 3, 6, 7, 8, 9, 10]
    assert history.dropped == 2, "the line holds five: the oldest two that were not in hand are gone, and counted"


async def test_an_input_of_another_release_is_told_and_kept_and_the_others_are_written() -> None:
    memory, letters = Memory(), MemoryDeadLetters()
    history = AcdHistory(memory, VirtualClock(), letters, keep_days=30)
    for entry in (timer(1), Entry(2, 2.0, EntryKind.COMMAND, b"\x81\xa4type\xa6Dancer"), timer(3)):
        history.record(entry)
    await history.write()
    assert [entry.seq for entry in memory.entries] == [1, 3]
    assert [(letter.part, letter.kind, letter.ids, letter.holds) for letter in letters.letters] == [
        ("acd history", "input", {"key": "2"}, "state")
    ]
