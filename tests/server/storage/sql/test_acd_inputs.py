"""The ACD's inputs are kept once each, in order, and can be read from any moment."""

from __future__ import annotations

import pytest

from acd.leadership.journal import Entry, EntryKind
from acd.leadership.recorder import Beginning
from core.ports import Unavailable
from server.storage.sql import acd_inputs
from server.storage.sql.acd_inputs import SqlAcdInputs
from server.storage.sql.database import Database

NOON = 1_780_000_000.0


def inputs(first: int, last: int, since: float = NOON) -> list[Entry]:
    return [Entry(seq, since + seq, EntryKind.COMMAND, f"input {seq}".encode()) for seq in range(first, last + 1)]


async def read(history: SqlAcdInputs, beginning: Beginning | None, until: float) -> list[int]:
    assert beginning is not None
    return [entry.seq async for entry in history.entries(beginning, until)]


async def test_nothing_recorded_has_no_beginning(database: Database) -> None:
    assert await SqlAcdInputs(database).beginning(NOON) is None


async def test_what_is_handed_in_twice_is_kept_once_and_in_order(database: Database) -> None:
    history = SqlAcdInputs(database)
    assert await history.append(inputs(1, 5)) == 5
    assert await history.append(inputs(3, 8)) == 3
    beginning = await history.beginning(NOON + 100)
    assert await read(history, beginning, NOON + 100) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert await read(history, beginning, NOON + 4) == [1, 2, 3, 4]


async def test_the_content_comes_back_as_it_was(database: Database) -> None:
    history = SqlAcdInputs(database)
    await history.append([*inputs(1, 1), Entry(2, NOON + 2, EntryKind.TIMER, b"")])
    beginning = await history.beginning(NOON)
    assert beginning == Beginning(era=0, seq=0, at=NOON + 1, engine=None)
    assert [entry async for entry in history.entries(beginning, NOON + 9)] == [
        *inputs(1, 1),
        Entry(2, NOON + 2, EntryKind.TIMER, b""),
    ]


async def test_a_replay_begins_at_the_last_snapshot_before_the_moment_asked_for(database: Database) -> None:
    history = SqlAcdInputs(database)
    await history.append(inputs(1, 30))
    await history.save_snapshot(10, NOON + 10, b"engine after 10")
    await history.save_snapshot(20, NOON + 20, b"engine after 20")
    beginning = await history.beginning(NOON + 15)
    assert beginning == Beginning(era=0, seq=10, at=NOON + 10, engine=b"engine after 10")
    assert (await read(history, beginning, NOON + 13)) == [11, 12, 13]
    assert (await history.beginning(NOON + 5)) == Beginning(era=0, seq=0, at=NOON + 1, engine=None)


async def test_a_journal_that_began_anew_is_a_new_era_and_loses_nothing(database: Database) -> None:
    history = SqlAcdInputs(database)
    await history.append(inputs(1, 5))
    await history.save_snapshot(4, NOON + 4, b"of the first era")
    later = NOON + 86_400
    assert await history.append(inputs(1, 3, later)) == 3
    assert await history.append(inputs(1, 4, later)) == 1
    beginning = await history.beginning(later + 60)
    assert beginning == Beginning(era=1, seq=0, at=later + 1, engine=None)
    assert await read(history, beginning, later + 60) == [1, 2, 3, 4]
    assert await read(history, await history.beginning(NOON + 60), later) == [5]
    assert await read(history, await history.beginning(NOON), later) == [1, 2, 3, 4, 5]


async def test_more_than_a_page_is_read_to_its_end(database: Database) -> None:
    history = SqlAcdInputs(database)
    last = 2 * acd_inputs.PAGE + 7
    await history.append(inputs(1, last))
    assert len(await read(history, await history.beginning(NOON), NOON + last)) == last


async def test_old_inputs_are_forgotten(database: Database) -> None:
    history = SqlAcdInputs(database)
    await history.append(inputs(1, 10))
    await history.save_snapshot(3, NOON + 3, b"old")
    assert await history.forget(NOON + 6) == 5
    beginning = await history.beginning(NOON)
    assert beginning == Beginning(era=0, seq=5, at=NOON + 6, engine=None)
    assert await read(history, beginning, NOON + 60) == [6, 7, 8, 9, 10]


async def test_a_gap_is_told_and_not_read_over(database: Database) -> None:
    history = SqlAcdInputs(database)
    await history.append([*inputs(1, 5), *inputs(9, 12)])
    beginning = await history.beginning(NOON)
    assert await read(history, beginning, NOON + 5) == [1, 2, 3, 4, 5]
    with pytest.raises(Unavailable, match="gap before input 9"):
        await read(history, beginning, NOON + 20)
    await history.save_snapshot(9, NOON + 9, b"behind the gap")
    assert await read(history, await history.beginning(NOON + 10), NOON + 20) == [10, 11, 12]
