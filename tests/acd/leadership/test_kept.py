"""What of the stored state nobody can use is kept as dead letters, by its ids, and everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from acd.leadership import kept
from acd.leadership.journal import Journal
from acd.leadership.kept import keep_as_letters
from acd.leadership.service import ADDRESSEE, AcdService
from acd.model.saved import Aside
from core.codec import encode
from core.commands import ConfigureAcd, EnqueueWork, RequestCallback
from core.dead_letters import Stage
from core.ids import CallId, QueueId, WorkId
from core.leadership import Step
from core.model import Channel, QueueConfig
from tests.acd.virtual_time import VirtualClock, in_virtual_time
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_leadership import MemoryLeadership
from tests.peers.waiting import until

QUEUE = QueueId("queue_billing")
State = dict[str, Any]


class Installation:
    """One candidate after the other on the same store."""

    def __init__(self) -> None:
        self.bus, self.clock, self.letters = MemoryBus(), VirtualClock(), MemoryDeadLetters()
        self.ledger = MemoryLeadership(self.bus)

    async def starts(self, owner: str) -> AcdService:
        acd = AcdService(self.bus, self.ledger.lease(owner), self.ledger, self.clock, letters=self.letters)
        await acd.start()
        await until(lambda: acd.leads, within_s=30)
        return acd

    async def leaves_three_waiting(self) -> None:
        acd = await self.starts("first")
        await self.bus.send(ADDRESSEE, ConfigureAcd(queues=(QueueConfig(queue_id=QUEUE, name="Billing"),), agents=()))
        for number in (1, 2, 3):
            work, call = WorkId(f"work_{number}"), CallId(f"call_{number}")
            await self.bus.send(ADDRESSEE, EnqueueWork(work_id=work, call_id=call, channel=Channel.CALL, queue_id=QUEUE))
        await acd.stop()

    def damage(self, how: Callable[[State], None]) -> None:
        state: State = msgspec.msgpack.decode(self.ledger.written.snapshot or b"")
        how(state["memory"])
        self.ledger.written = msgspec.structs.replace(self.ledger.written, snapshot=msgspec.msgpack.encode(state))

    async def writes(self, data: bytes) -> None:
        """A leader of another kind adds an input."""
        fence = await self.ledger.lease("other").take(self.ledger.record)
        assert fence is not None
        await self.ledger.append(fence, Step(seq=self.ledger.written.seq + 1, entry=data, events=(), cursor="0"))
        await self.ledger.lease("other").release(fence)

    @property
    def told(self) -> list[tuple[str, str, dict[str, str], str]]:
        return [(letter.part, letter.kind, letter.ids, letter.holds) for letter in self.letters.letters]


@in_virtual_time
async def test_a_part_of_the_snapshot_is_kept_as_it_was() -> None:
    installation = Installation()
    await installation.leaves_three_waiting()
    installation.damage(lambda memory: memory["works"][1].update(wait_until="soon"))
    acd = await installation.starts("second")
    assert acd.work_ids() == {"work_1", "work_3"}
    assert installation.told == [("acd", "works", {"key": "work_2"}, "state")]
    (letter,) = installation.letters.letters
    assert letter.stage is Stage.START
    found = msgspec.msgpack.decode(letter.payload)
    assert (found["work_id"], found["wait_until"]) == ("work_2", "soon")
    await acd.stop()


@in_virtual_time
async def test_counts_and_what_contradicts_itself_are_kept_too() -> None:
    installation = Installation()
    await installation.leaves_three_waiting()

    def how(memory: State) -> None:
        memory["numbers"]["queues"][QUEUE]["waiting"] = "many"
        memory["works"][2]["state"] = "active"

    installation.damage(how)
    acd = await installation.starts("second")
    assert installation.told == [
        ("acd", "numbers.queues", {"key": QUEUE}, "state"),
        ("acd", "works", {"key": "work_3"}, "state"),
    ]
    await acd.stop()


@in_virtual_time
async def test_a_snapshot_that_is_none_is_kept_whole() -> None:
    installation = Installation()
    await installation.leaves_three_waiting()
    written = installation.ledger.written
    installation.ledger.written = msgspec.structs.replace(written, snapshot=b"\xc1 no snapshot")
    acd = await installation.starts("second")
    assert installation.told == [("acd", "snapshot", {"key": str(written.snapshot_seq)}, "state")]
    assert installation.letters.letters[0].payload == b"\xc1 no snapshot"
    await acd.stop()


@pytest.mark.parametrize("payload", [b"\xc1", encode(RequestCallback(work_id=WorkId("work_1")))[:-3]])
@in_virtual_time
async def test_an_input_that_nobody_can_read_is_kept_by_its_number(payload: bytes) -> None:
    installation = Installation()
    await installation.leaves_three_waiting()
    await installation.writes(payload)
    seq = installation.ledger.written.seq
    acd = await installation.starts("second")
    assert acd.work_ids() == {"work_1", "work_2", "work_3"}
    assert installation.told == [("acd", "input", {"key": str(seq)}, "state")]
    assert installation.letters.letters[0].payload == payload
    await acd.stop()


@in_virtual_time
async def test_inputs_that_nobody_can_read_are_told_once_however_often_they_are_met() -> None:
    installation = Installation()
    await installation.leaves_three_waiting()
    for _ in range(12):
        await installation.writes(b"\xc1")
    journal = Journal(installation.ledger, UTC)
    with capture_logs() as logs:
        for _ in range(20):
            await journal.load()
    assert [(line["count"], len(line["ids"])) for line in logs if line["event"] == "acd inputs were set aside"] == [(12, 12)]
    assert len(logs) <= 2, "and that the state is not whole"


async def test_thousands_are_told_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_LETTERS", 2)
    letters = MemoryDeadLetters()
    lost = [Aside("works", f"work_{number}", "it has ended") for number in (1, 1, 2, 3, 4)]
    await keep_as_letters(letters, VirtualClock(), lost)
    assert [(letter.ids["key"], letter.reason) for letter in letters.letters] == [
        ("work_1", "it has ended"),
        ("work_2", "it has ended"),
        ("work_3", "2 more, from this one on, are not kept"),
    ]
