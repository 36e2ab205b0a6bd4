"""Several processes look, one tells; what it told survives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from core.attention import Entry, Unknown
from core.events import AnyEvent, AttentionChanged, AttentionChecked, NodeLost
from core.ids import NodeId
from core.leadership import Fence
from core.ports import Unavailable
from server.attention.board import Change
from server.attention.happened import Happened
from server.attention.service import AttentionService, Limits
from server.attention.situation import Situation
from server.attention.thresholds import Thresholds
from server.live.attention import AttentionBoard
from server.storage.sql.attention import SqlAttention
from server.storage.sql.database import Database
from tests.peers.current_database import new_sqlite
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_leadership import MemoryLeadership
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until, until_told
from tests.server.attention.situations import NOW, queue, situation, stranded


class Clock:
    """Steady, and far from today."""

    def now(self) -> float:
        return NOW + asyncio.get_running_loop().time()


class Company:
    """What every process sees, and what they share."""

    def __init__(self, database: Database) -> None:
        self.is_now = situation(queue())
        self.bus = MemoryBus()
        self.leadership = MemoryLeadership(self.bus)
        self.kept = MemoryStore()
        self.database = database
        self.letters = MemoryDeadLetters()
        self.breaks = False

    def goes_wrong(self) -> None:
        self.is_now = situation(queue(waiting=1, oldest_since=NOW, stranded=stranded(oldest_since=NOW - 60)), dead_letters=2)

    def is_well(self) -> None:
        self.is_now = situation(queue())

    def look(self, happened: Happened) -> Situation:
        if self.breaks:
            raise ZeroDivisionError
        return situation(*[each for each in (self.is_now.queues or {}).values() if each is not None], happened=happened,
                         dead_letters=self.is_now.dead_letters)  # fmt: skip

    def process(self, name: str) -> AttentionService:
        return AttentionService(
            lease=self.leadership.lease(name),
            store=SqlAttention(self.database),
            state=self.kept,
            bus=self.bus,
            clock=Clock(),
            look=self.look,
            limits=lambda: Limits(Thresholds(oldest_soon=0, oldest_now=0), {}),
            letters=self.letters,
            look_every_s=0.05,
        )

    def told(self, what: str) -> list[str]:
        return [event.entry.code for event in self.bus.of_type(AttentionChanged) if event.what == what]

    async def stand(self, *codes: str) -> bool:
        return await self.standing() == list(codes)

    async def standing(self) -> list[str]:
        return sorted(entry.code for entry in await SqlAttention(self.database).standing())


@asynccontextmanager
async def running(service: AttentionService) -> AsyncIterator[None]:
    await service.start()
    task = asyncio.create_task(service.run(lambda: True))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    url = new_sqlite(tmp_path)
    database = Database(url)
    yield Company(database)
    await database.close()


async def test_two_processes_tell_once_and_the_second_goes_on_where_the_first_ended(company: Company) -> None:
    async with running(company.process("one")):
        company.goes_wrong()
        async with running(company.process("two")):
            await until_told(lambda: company.stand("dead_letters", "queue_nobody"))
    assert sorted(company.told("raised")) == ["dead_letters", "queue_nobody"]
    async with running(company.process("three")):
        await until(lambda: len(company.told("figures")) >= 2)  # what stands is told again, and nothing raised
        company.is_well()
        await until_told(lambda: company.stand("queue_nobody"))  # it was gone for less than its pause
        assert len(company.told("raised")) == 2
    (cleared,) = await SqlAttention(company.database).cleared(0)
    assert cleared.code == "dead_letters"
    assert cleared.cleared_at is not None


async def test_what_happened_survives_the_process_that_saw_it(company: Company) -> None:
    first = company.process("one")
    async with running(first):
        await first.handle(NodeLost(at=Clock().now(), node_id=NodeId("node_1"), reason="killed"))
        await until_told(lambda: company.stand("node_lost"))
    looks = len(company.bus.of_type(AttentionChecked))
    async with running(company.process("two")):
        await until(lambda: len(company.bus.of_type(AttentionChecked)) > looks)
    assert await company.standing() == ["node_lost"]


async def test_a_database_that_is_away_keeps_nothing_from_screens_and_is_written_later(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = company.process("one")
    async with running(service):
        await until(lambda: bool(company.bus.of_type(AttentionChecked)))

        async def away(*_: object) -> None:
            raise Unavailable("the database is away")

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(Database, "write", away)
            company.goes_wrong()
            await until(lambda: len(company.told("raised")) == 2)
        await until_told(lambda: company.stand("dead_letters", "queue_nobody"))


async def test_a_look_that_fails_says_that_nothing_is_known_and_goes_on(company: Company) -> None:
    company.breaks = True
    async with running(company.process("one")):
        await until(lambda: any(event.checked.unknown for event in company.bus.of_type(AttentionChecked)))
        company.breaks = False
        await until(lambda: company.bus.of_type(AttentionChecked)[-1].checked.queues == 1)
    assert company.bus.of_type(AttentionChecked)[-1].checked.unknown == ()


async def test_all_clear_says_how_much_was_looked_at(company: Company) -> None:
    async with running(company.process("one")):
        await until(lambda: bool(company.bus.of_type(AttentionChecked)))
    checked = company.bus.of_type(AttentionChecked)[0].checked
    assert (checked.queues, checked.agents, checked.nodes, checked.unknown) == (1, 30, 1, ())


async def raised(company: Company) -> Entry:
    company.goes_wrong()
    async with running(company.process("one")):
        await until(lambda: len(company.told("raised")) == 2)
    return next(event.entry for event in company.bus.of_type(AttentionChanged) if event.entry.code == "queue_nobody")


async def test_screens_show_what_the_leader_knows_and_nothing_else(company: Company) -> None:
    """A leader that ended before it wrote an entry down: the next one does not know it, or raises it anew."""
    entry = await raised(company)
    board = AttentionBoard()
    for event in company.bus.of_type(AttentionChanged):
        board.handle(event)
    assert [each.code for each in board.shown] == ["queue_nobody", "dead_letters"]
    checked = company.bus.of_type(AttentionChecked)[-1].checked
    unsure = AttentionChecked(at=NOW + 1, checked=type(checked)(at=NOW + 1, unknown=(Unknown(what="queues", since=NOW),)))
    board.handle(unsure)
    assert len(board.shown) == 2
    board.handle(AttentionChecked(at=NOW + 2, checked=checked, standing=(entry.entry_id,)))
    assert [each.code for each in board.shown] == ["queue_nobody"]
    assert [each.code for each in board.cleared_lately] == ["dead_letters"]


async def test_an_entry_that_nobody_takes_keeps_no_other_one_back(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was no lost database ended the look before it came to the next entry, for ever."""
    publish, write = MemoryBus.publish, SqlAttention.write

    async def not_this_one(bus: MemoryBus, event: AnyEvent) -> None:
        if isinstance(event, AttentionChanged) and event.entry.code == "dead_letters":
            raise ValueError("this one cannot be told")
        await publish(bus, event)

    async def nor_kept(store: SqlAttention, fence: Fence, changes: Sequence[Change]) -> None:
        if any(change.entry.code == "dead_letters" for change in changes):
            raise TypeError("this one cannot be kept")
        await write(store, fence, changes)

    monkeypatch.setattr(MemoryBus, "publish", not_this_one)
    monkeypatch.setattr(SqlAttention, "write", nor_kept)
    async with running(company.process("one")):
        company.goes_wrong()
        await until_told(lambda: company.stand("queue_nobody"))
        await until(lambda: company.told("raised") == ["queue_nobody"])
        await until(lambda: bool(company.letters.letters))
    assert {(letter.part, letter.kind) for letter in company.letters.letters} == {("attention", "entry")}


def unknown_to(company: Company) -> set[str]:
    return {each.id for event in company.bus.of_type(AttentionChecked) for each in event.checked.unknown}


async def test_a_queue_that_no_rule_can_read_is_not_known_and_the_others_are(company: Company) -> None:
    broken = msgspec.structs.replace(queue("queue_broken"), waiting="many")
    well = queue(waiting=1, oldest_since=NOW, stranded=stranded(oldest_since=NOW - 60))
    company.is_now = situation(broken, well)
    async with running(company.process("one")):
        await until_told(lambda: company.stand("queue_nobody"))
        await until(lambda: "queue_broken" in unknown_to(company))
    (letter,) = company.letters.letters
    assert (letter.kind, letter.ids) == ("queue", {"queue_id": "queue_broken"})
