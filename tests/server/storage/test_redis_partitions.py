"""The table of owners in Redis: what one worker holds, another one cannot take, give back or write for."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from core.leadership import Fence
from core.partitions import Member, Share
from server.life import mark, surely_over
from server.storage.redis_partitions import RedisPartitions
from tests.server.redis_server import RedisServer


@pytest.fixture
async def table(redis_server: RedisServer, prefix: str) -> AsyncIterator[RedisPartitions]:
    made = RedisPartitions(redis_server.url, prefix)
    yield made
    await made.close()


async def test_of_two_who_claim_the_same_one_gets_it(table: RedisPartitions) -> None:
    seen = {3: Share(), 4: Share()}
    ann, ben = await asyncio.gather(table.claim("ann", seen, {}), table.claim("ben", seen, {}))
    assert ann.keys() | ben.keys() == {3, 4}
    assert not ann.keys() & ben.keys()
    assert all(fence.token == 1 for fence in (*ann.values(), *ben.values()))


async def test_what_was_given_back_is_read_on_from_where_it_was_left(table: RedisPartitions) -> None:
    fences = await table.claim("ann", {3: Share(), 4: Share()}, {})
    await table.give_back({3: fences[3]}, "17-0")
    shares = (await table.look()).shares
    assert shares == {3: Share(1, "", "17-0"), 4: Share(1, "ann", "")}
    again = await table.claim("ben", {3: shares[3], 4: Share()}, {})
    assert again == {3: Fence(2, "ben")}, "only what still stands as it was seen"


async def test_where_a_partition_was_left_stands_until_its_new_owner_has_read_on(table: RedisPartitions) -> None:
    fences = await table.claim("ann", {3: Share()}, {3: "17-0"})
    assert (await table.look()).shares == {3: Share(1, "ann", "17-0")}
    await table.settled(fences)
    assert (await table.look()).shares == {3: Share(1, "ann", "")}
    await table.claim("ben", {3: Share(1, "ann")}, {3: "18-0"})
    await table.settled(fences)
    assert (await table.look()).shares == {3: Share(2, "ben", "18-0")}, "only by who has it"


async def test_who_has_lost_a_partition_gives_nothing_back(table: RedisPartitions) -> None:
    old = await table.claim("ann", {3: Share()}, {})
    await table.claim("ben", {3: Share(1, "ann")}, {})
    await table.give_back(old, "17-0")
    assert (await table.look()).shares == {3: Share(2, "ben", "")}


async def test_workers_see_each_other_live_and_the_dead_are_forgotten(table: RedisPartitions) -> None:
    ann, ben = Member(1, "boot/pid:[1]/7/9", "5-0"), Member(4, "", "")
    await table.beat("ann", ann)
    seen = await table.beat("ben", ben)
    assert seen.members == {"ann": ann, "ben": Member(4, "", "")}
    assert (await table.beat("ben", ben, forget={"ann"})).members.keys() == {"ben"}
    await table.leave("ben")
    assert (await table.look()).members == {}


async def test_what_is_no_entry_of_ours_counts_as_never_taken(
    redis_server: RedisServer, prefix: str, table: RedisPartitions
) -> None:
    stranger: Redis = Redis.from_url(redis_server.url)
    await stranger.hset(f"{prefix}partitions", mapping={"3": "words", "x": "1 ann ", "64": "1 ann ", "5": "nan ann "})
    await stranger.hset(f"{prefix}workers", mapping={"ann": "\xff", "ben": "1 life 2-0"})
    await stranger.aclose()
    seen = await table.look()
    assert (seen.shares, seen.members) == ({}, {"ben": Member(1, "life", "2-0")})
    assert await table.claim("ben", {3: Share()}, {}) == {3: Fence(1, "ben")}


def test_a_process_that_is_gone_is_known_to_be() -> None:
    child = subprocess.Popen(["sleep", "60"])
    life = mark(child.pid)
    assert not surely_over(life)
    child.kill()
    child.wait()
    assert surely_over(life)
    assert not surely_over(mark())


@pytest.mark.parametrize("life", ["", "-", "boot/pid:[1]/7/9", "another machine", "\x00/\x00/1/1"])
def test_of_what_cannot_be_seen_from_here_nothing_is_claimed(life: str) -> None:
    assert not surely_over(life)
