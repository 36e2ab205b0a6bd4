"""Authenticators and recovery codes in the database: used once, whoever comes at the same moment."""

from __future__ import annotations

import asyncio

from core.ids import UserId
from server.storage.sql.database import Database
from server.storage.sql.second_steps import SqlSecondSteps

MEI, SAM = UserId("user_mei"), UserId("user_sam")
NOW = 1_800_000_000.0


async def test_an_authenticator_is_asked_for_once_it_was_confirmed(database: Database) -> None:
    steps = SqlSecondSteps(database)
    assert await steps.of(MEI) is None
    assert await steps.begin(MEI, b"first", NOW)
    assert await steps.begin(MEI, b"second", NOW), "the first was never confirmed"
    assert await steps.everybody() == frozenset()
    assert not await steps.confirm(MEI, b"first", 7, ["a"], NOW), "that was another one"
    assert await steps.confirm(MEI, b"second", 7, ["a", "b"], NOW)
    assert not await steps.begin(MEI, b"third", NOW)
    assert await steps.everybody() == {MEI}
    found = await steps.of(MEI)
    assert found is not None
    assert (found.sealed, found.confirmed_at, found.last_step) == (b"second", NOW, 7)


async def test_a_step_and_a_recovery_code_are_used_by_one_of_many(database: Database) -> None:
    steps = SqlSecondSteps(database)
    await steps.begin(MEI, b"sealed", NOW)
    await steps.confirm(MEI, b"sealed", 7, ["a", "b"], NOW)
    assert sum(await asyncio.gather(*(steps.use_step(MEI, 8) for _ in range(5)))) == 1
    assert not await steps.use_step(MEI, 7)
    assert sum(await asyncio.gather(*(steps.use_recovery_code(MEI, "a", NOW) for _ in range(5)))) == 1
    assert await steps.recovery_codes_left(MEI) == 1
    assert not await steps.use_recovery_code(SAM, "b", NOW)
    await steps.replace_recovery_codes(MEI, ["c"])
    assert not await steps.use_recovery_code(MEI, "b", NOW)
    assert await steps.use_recovery_code(MEI, "c", NOW)


async def test_what_is_removed_is_gone_with_its_codes(database: Database) -> None:
    steps = SqlSecondSteps(database)
    await steps.begin(MEI, b"sealed", NOW)
    await steps.confirm(MEI, b"sealed", 7, ["a"], NOW)
    assert await steps.remove(MEI)
    assert not await steps.remove(MEI)
    assert await steps.of(MEI) is None
    assert not await steps.use_recovery_code(MEI, "a", NOW)
