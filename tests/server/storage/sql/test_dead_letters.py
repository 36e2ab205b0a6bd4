"""Letters where people see them, in both databases."""

from __future__ import annotations

import msgspec

from core.dead_letters import DeadLetter, Stage
from core.ids import UserId
from server.storage.sql.database import Database
from server.storage.sql.dead_letters import SqlDeadLetters

ADA = UserId("ada")


def letter(number: int) -> DeadLetter:
    return DeadLetter(
        letter_id=f"letter_{number}",
        at=float(number),
        stage=Stage.HANDLE,
        part="live",
        kind="CallHandedBack",
        ids={"call_id": f"call_{number}"},
        reason="ValueError live/view.py:1",
        holds="event",
        payload=b"\x00\xff",
    )


async def test_letters_are_read_newest_first_page_by_page_without_what_they_hold(database: Database) -> None:
    letters = SqlDeadLetters(database)
    await letters.add([letter(number) for number in range(5)])
    first = await letters.page(3)
    last = first[-1].letter
    rest = await letters.page(3, before=(last.at, last.letter_id))
    assert [kept.letter for kept in (*first, *rest)] == [
        msgspec.structs.replace(letter(number), payload=b"") for number in (4, 3, 2, 1, 0)
    ]
    found = await letters.get("letter_2")
    assert found is not None
    assert found.letter == letter(2)
    assert await letters.get("letter_99") is None


async def test_what_is_settled_is_written_down_and_no_longer_waits(database: Database) -> None:
    letters = SqlDeadLetters(database)
    await letters.add([letter(1), letter(2)])
    await letters.settle("letter_1", "waiting", 10.0, ADA)
    await letters.settle("letter_1", "handed_in", 11.0, ADA)
    await letters.settle("letter_2", "discarded", 12.0, ADA)
    shown = {kept.letter.letter_id: (kept.state, kept.tries, kept.settled_at, kept.settled_by) for kept in await letters.page(9)}
    assert shown == {"letter_1": ("handed_in", 2, 11.0, ADA), "letter_2": ("discarded", 0, 12.0, ADA)}
    assert await letters.waiting() == 0
    await letters.add([letter(1)])
    assert [kept.letter.letter_id for kept in await letters.page(9, waiting_only=True)] == ["letter_1"]


async def test_the_settled_make_room_first_and_then_the_oldest(database: Database) -> None:
    letters = SqlDeadLetters(database, kept=3)
    await letters.add([letter(1), letter(2), letter(3)])
    await letters.settle("letter_3", "discarded", 9.0, ADA)
    await letters.add([letter(4)])
    await letters.add([letter(5)])
    assert [kept.letter.letter_id for kept in await letters.page(9)] == ["letter_5", "letter_4", "letter_2"]
