"""What was promised is kept by an upgrade, also when the saved state of the queues is lost or damaged on the way."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from acd.leadership.journal import Journal
from server.storage.redis_ledger import RedisLedger
from tests.peers.waiting import until_told
from tests.releases.upgraded import PATIENCE_S, Person, Upgraded, of_channel, works_of

pytestmark = pytest.mark.timeout(300)

QUEUE = "queue_billing"


async def callbacks_in_line(sam: Person) -> list[str]:
    """In every queue: what waits for long goes on to another one."""
    board = await sam.board()
    channel = {work["work_id"]: work["channel"] for work in works_of(board)}
    places = [place["work_id"] for line in board["lines"] for place in line["places"]]
    return [work_id for work_id in places if channel[work_id] == "callback"]


async def test_what_was_promised_is_still_promised_in_its_place_and_comes_up_at_its_time(installation: Upgraded) -> None:
    works = installation.expected["works"]
    (later,) = of_channel(works, "callback", "scheduled")
    waiting = {work["work_id"] for work in of_channel(works, "callback", "waiting", "offered")}
    places = [work_id for work_id in installation.expected["lines"][QUEUE] if work_id in waiting]
    assert len(places) == 2
    async with installation.control():
        async with installation.signed_in("sam") as sam:
            scheduled = (await sam.works())[later["work_id"]]
            assert (scheduled["state"], scheduled["until"]) == ("scheduled", later["until"])
            assert await callbacks_in_line(sam) == places

        installation.clock.move_to(later["until"] - PATIENCE_S)
        async with installation.signed_in("sam") as sam:  # whoever was signed in has been away for too long
            assert (await sam.works())[later["work_id"]]["state"] == "scheduled"
            installation.clock.move_to(later["until"] - 1)

            async def it_waits() -> bool:
                return sorted(await callbacks_in_line(sam)) == sorted([*places, later["work_id"]])

            await until_told(it_waits, PATIENCE_S)
            assert installation.clock.now() >= later["until"]


@pytest.mark.parametrize("damage", ["lost", "garbage", "a newer version", "half of it"])
async def test_no_promise_is_lost_with_the_saved_state_of_the_queues(installation: Upgraded, damage: str) -> None:
    """What cannot be read is brought back from the history."""
    works = installation.expected["works"]
    promised = {work["work_id"]: work for work in works if work["channel"] == "callback"}
    await damaged(installation, damage)
    async with installation.control(), installation.signed_in("sam") as sam:

        async def all_are_there() -> bool:
            return promised.keys() <= (await sam.works()).keys()

        await until_told(all_are_there, PATIENCE_S)
        now = await sam.works()
        for work_id, work in promised.items():
            assert now[work_id]["origin_call_id"] == work["origin_call_id"]
            if work["state"] == "scheduled":
                assert (now[work_id]["state"], now[work_id]["until"]) == ("scheduled", work["until"])
        assert len([work for work in now.values() if work["channel"] == "callback"]) == len(promised)


async def damaged(installation: Upgraded, how: str) -> None:
    """What the queues' leader had written, as it may be found."""
    redis: Any = Redis.from_url(installation.config.redis_url)
    ledger = RedisLedger(installation.config.redis_url, "pb:", "acd")
    journal = Journal(ledger, UTC)
    await journal.load()
    state: dict[str, Any] = msgspec.msgpack.decode(journal.engine.snapshot())
    works = state["memory"]["works"]
    if how == "a newer version":
        state["version"] = 99
        works[:] = [work | {"colour": "green"} for work in works]
    elif how == "half of it":
        for work in works:
            del work["wait_until"]
    await redis.delete("pb:ledger:acd:entries")
    if how == "lost":
        await redis.delete("pb:ledger:acd")
    else:
        snapshot = b"\xc1 no snapshot" if how == "garbage" else msgspec.msgpack.encode(state)
        await redis.hset("pb:ledger:acd", mapping={"snapshot": snapshot, "snapshot_seq": journal.seq, "seq": journal.seq})
    await ledger.close()
    await redis.aclose()
