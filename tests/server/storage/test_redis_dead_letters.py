"""Letters on their way: kept over the loss of Redis, told once, bounded."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from core.dead_letters import DeadLetter, Stage
from server.storage import redis_dead_letters
from server.storage.redis_dead_letters import RedisDeadLetters
from tests.server.redis_server import RedisServer


def letter(number: int) -> DeadLetter:
    return DeadLetter(
        letter_id=f"letter_{number}", at=float(number), stage=Stage.HANDLE, part="live", kind="CallHandedBack", reason="x"
    )


async def waiting(letters: RedisDeadLetters) -> list[str]:
    return [found.letter_id for _, found in await letters.oldest(1000) if found is not None]


async def test_a_letter_waits_in_redis_and_is_written_once_however_often_it_comes(redis_server: RedisServer, prefix: str) -> None:
    letters = RedisDeadLetters(redis_server.url, prefix)
    for _ in range(3):
        await letters.set_aside(letter(1))
    assert await waiting(letters) == ["letter_1"]
    assert letters.counts["handle", "live"] == 3
    await letters.moved([entry_id for entry_id, _ in await letters.oldest(10)])
    assert await letters.waiting() == 0
    await letters.close()


async def test_while_redis_is_away_the_newest_are_kept_and_written_afterwards(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    letters = RedisDeadLetters(server.url)
    for number in range(redis_dead_letters.KEPT_IN_MEMORY + 5):
        await letters.set_aside(letter(number))
    server.start()
    await letters.flush()
    assert (await waiting(letters))[0] == "letter_5"
    assert await letters.waiting() == redis_dead_letters.KEPT_IN_MEMORY
    await letters.close()
    server.stop()


async def test_an_entry_that_is_no_letter_is_nothing(redis_server: RedisServer, prefix: str) -> None:
    raw, letters = Redis.from_url(redis_server.url), RedisDeadLetters(redis_server.url, prefix)
    await raw.xadd(f"{prefix}dead_letters", {"m": b"\xa1\xff"})
    await raw.xadd(f"{prefix}dead_letters", {"other": b""})
    assert [found for _, found in await letters.oldest(10)] == [None, None]
    await raw.aclose()
    await letters.close()
