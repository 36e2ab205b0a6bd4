"""Lease and ledger as the ACD sees them: the same promises in Redis as in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from redis.asyncio import Redis

from core.events import AnyEvent, ChildRestarted
from core.leadership import Fence, Fenced, Gap, Lease, LeaseRecord, Ledger, Step, Written
from core.ports import Bus, Unavailable
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.redis_lease import NOBODY, RedisLease
from server.storage.redis_ledger import RedisLedger
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_leadership import MemoryLeadership
from tests.peers.waiting import PATIENCE_S
from tests.server.redis_server import RedisServer


class Town:
    """Two candidates, one ledger, one bus."""

    def __init__(self, ann: Lease, ben: Lease, ledger: Ledger, bus: Bus) -> None:
        self.ann, self.ben, self.ledger, self.bus = ann, ben, ledger, bus

    async def leads(self, candidate: Lease) -> Fence:
        fence = await candidate.take(await candidate.look())
        assert fence is not None
        return fence

    async def published(self, count: int) -> list[str]:
        names = []
        async with asyncio.timeout(PATIENCE_S):
            async for _, event in self.bus.events("0"):
                assert isinstance(event, ChildRestarted)
                names.append(event.name)
                if len(names) == count:
                    break
        return names


@pytest.fixture(params=["redis", "memory"])
async def town(request: pytest.FixtureRequest, redis_server: RedisServer, prefix: str) -> AsyncIterator[Town]:
    if request.param == "memory":
        memory_bus = MemoryBus()
        memory = MemoryLeadership(memory_bus)
        yield Town(memory.lease("ann"), memory.lease("ben"), memory, memory_bus)
        return
    url = redis_server.url
    ann, ben = (RedisLease(url, prefix, "acd", owner) for owner in ("ann", "ben"))
    ledger, bus = RedisLedger(url, prefix, "acd"), RedisBus(url, SystemClock(), prefix)
    yield Town(ann, ben, ledger, bus)
    for opened in (ann, ben, ledger, bus):
        await opened.close()


def said(name: str) -> AnyEvent:
    return ChildRestarted(at=1.0, name=name, reason="test", attempt=1)


def step(seq: int, *names: str, snapshot: bytes | None = None) -> Step:
    events = tuple(said(name) for name in names)
    return Step(seq=seq, entry=b"entry %d" % seq, events=events, cursor=f"{seq}-1", snapshot=snapshot)


async def test_of_two_candidates_one_leads(town: Town) -> None:
    seen = await town.ann.look()
    assert seen == LeaseRecord()
    assert await town.ann.take(seen) == Fence(1, "ann")
    assert await town.ben.take(seen) is None
    assert (await town.ben.look()).owner == "ann"


async def test_a_beat_shows_that_the_leader_lives(town: Town) -> None:
    fence = await town.leads(town.ann)
    seen = await town.ben.look()
    await town.ann.renew(fence)
    assert await town.ben.take(seen) is None
    assert (await town.ben.look()).beat == seen.beat + 1


async def test_after_a_takeover_the_old_leader_can_change_nothing(town: Town) -> None:
    old = await town.leads(town.ann)
    await town.ledger.append(old, step(1, "first"))
    new = await town.leads(town.ben)
    assert new.token == old.token + 1
    before = await town.ledger.load()
    for attempt in (
        town.ann.renew(old),
        town.ledger.append(old, step(2, "never")),
        town.ledger.save(old, 2, b"never"),
        town.ledger.mark(old, "9-9", b"never"),
    ):
        with pytest.raises(Fenced):
            await attempt
    await town.ann.release(old)
    assert (await town.ledger.load(), (await town.ben.look()).owner) == (before, "ben")
    await town.ledger.append(new, step(2, "second"))
    assert await town.published(2) == ["first", "second"]


async def test_who_steps_down_can_be_followed_at_once_and_can_write_no_more(town: Town) -> None:
    fence = await town.leads(town.ann)
    await town.ann.release(fence)
    assert (await town.ben.look()).owner == ""
    with pytest.raises(Fenced):
        await town.ledger.append(fence, step(1))
    assert await town.leads(town.ben) == Fence(2, "ben")


async def test_a_step_is_written_and_published_once_however_often_it_is_tried(town: Town) -> None:
    fence = await town.leads(town.ann)
    for _ in range(3):
        await town.ledger.append(fence, step(1, "a", "b"))
    await town.ledger.append(fence, step(2, "c"))
    assert await town.published(3) == ["a", "b", "c"]
    assert await town.ledger.entries(0) == [(1, b"entry 1"), (2, b"entry 2")]
    assert await town.ledger.entries(1) == [(2, b"entry 2")]
    assert await town.ledger.load() == Written(seq=2, cursor="2-1")


async def test_a_follower_waits_for_the_next_step(town: Town) -> None:
    fence = await town.leads(town.ann)
    await town.ledger.append(fence, step(1))
    waiting = asyncio.create_task(town.ledger.follow(1))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await town.ledger.append(fence, step(2))
    async with asyncio.timeout(PATIENCE_S):
        assert await waiting == [(2, b"entry 2")]


async def test_snapshot_cursor_and_note_are_kept(town: Town) -> None:
    fence = await town.leads(town.ann)
    await town.ledger.append(fence, step(1))
    await town.ledger.save(fence, 1, b"\x00state")
    await town.ledger.mark(fence, "7-0", b"\xffnote")
    expected = Written(seq=1, snapshot_seq=1, snapshot=b"\x00state", cursor="7-0", note=b"\xffnote")
    assert await town.ledger.load() == expected


async def test_steps_missing_before_this_one_are_replaced_by_a_snapshot(town: Town) -> None:
    fence = await town.leads(town.ann)
    await town.ledger.append(fence, step(1, "a"))
    with pytest.raises(Gap):
        await town.ledger.append(fence, step(5, "e"))
    await town.ledger.append(fence, step(5, "e", snapshot=b"after 5"))
    written = await town.ledger.load()
    assert (written.seq, written.snapshot_seq, written.snapshot) == (5, 5, b"after 5")
    assert await town.published(2) == ["a", "e"]


async def test_a_term_that_redis_forgot_goes_on_unless_somebody_else_has_begun(redis_server: RedisServer, prefix: str) -> None:
    """A power cut may take the last second of an append-only file (`appendfsync everysec`)."""
    ann, ben = (RedisLease(redis_server.url, prefix, "acd", owner) for owner in ("ann", "ben"))
    client = Redis.from_url(redis_server.url)
    first = await ann.take(await ann.look())
    assert first is not None
    await client.delete(f"{prefix}lease:acd")
    await ann.renew(first)
    assert await ann.look() == LeaseRecord(1, "ann", 1)
    await client.delete(f"{prefix}lease:acd")
    assert await ben.take(await ben.look()) == Fence(1, "ben"), "the same token, but another owner"
    with pytest.raises(Fenced):
        await ann.renew(first)
    await ann.close()
    await ben.close()
    await client.aclose()


@pytest.mark.parametrize("field", ["token", "beat", "owner"])
@pytest.mark.parametrize("garbage", [b"\x80", b"null", b"nan", b"0x10", b"-1", b"9" * 40])
async def test_a_lease_that_cannot_be_read_is_set_aside_and_told_once(
    field: str, garbage: bytes, redis_server: RedisServer, prefix: str
) -> None:
    if field == "owner":
        garbage = b"\x80 " + garbage
    ann, ben = (RedisLease(redis_server.url, prefix, "acd", owner) for owner in ("ann", "ben"))
    client = Redis.from_url(redis_server.url)
    led = await ann.take(await ann.look())
    assert led is not None
    await client.hset(f"{prefix}lease:acd", field, garbage)
    with structlog.testing.capture_logs() as logs:
        seen = await ben.look()
        assert (seen, await ben.look()) == (LeaseRecord(0, NOBODY, 0), seen), "waited for, as for a silent leader"
    assert [line["event"] for line in logs] == ["the lease cannot be read and was set aside"]
    assert await client.hget(f"{prefix}lease:acd:unreadable", field) == garbage
    await ann.renew(led)
    assert await ben.look() == LeaseRecord(1, "ann", 1), "a leader that lives goes on"
    assert await ben.take(seen) is None
    await client.set(f"{prefix}lease:acd", "not even a hash")
    assert await ben.take(await ben.look()) == Fence(1, "ben")
    for opened in (ann, ben, client):
        await opened.aclose() if isinstance(opened, Redis) else await opened.close()


async def test_a_leader_alone_mends_its_lease_with_its_beat(redis_server: RedisServer, prefix: str) -> None:
    lease, ledger = RedisLease(redis_server.url, prefix, "acd", "ann"), RedisLedger(redis_server.url, prefix, "acd")
    fence = await lease.take(await lease.look())
    assert fence is not None
    async with Redis.from_url(redis_server.url) as client:
        await client.hset(f"{prefix}lease:acd", "token", b"nan")
    with pytest.raises(Unavailable):
        await ledger.append(fence, step(1))
    await lease.renew(fence)
    await ledger.append(fence, step(1))
    await lease.close()
    await ledger.close()


@pytest.mark.parametrize(("field", "garbage"), [("seq", "null"), ("seq", b"\x80"), ("snapshot_seq", "nan"), ("cursor", b"\xff")])
async def test_a_ledger_that_cannot_be_read_is_set_aside_and_its_leader_writes_it_anew(
    field: str, garbage: str | bytes, redis_server: RedisServer, prefix: str
) -> None:
    lease, ledger = RedisLease(redis_server.url, prefix, "acd", "ann"), RedisLedger(redis_server.url, prefix, "acd")
    fence = await lease.take(await lease.look())
    assert fence is not None
    async with Redis.from_url(redis_server.url) as client:
        await ledger.append(fence, step(1))
        await client.hset(f"{prefix}ledger:acd", field, garbage)
        with structlog.testing.capture_logs() as logs:
            assert (await ledger.load(), await ledger.load()) == (Written(), Written())
        assert [line["event"] for line in logs] == ["what no leader wrote was set aside"]
        with pytest.raises(Gap):
            await ledger.append(fence, step(2))
        await ledger.append(fence, step(2, snapshot=b"whole"))
        await client.hset(f"{prefix}ledger:acd", field, garbage)
        with pytest.raises(Gap):
            await ledger.append(fence, step(3))
        await ledger.append(fence, step(3, snapshot=b"whole"))
        assert (await ledger.load()).seq == 3
    await lease.close()
    await ledger.close()


@pytest.mark.parametrize("foreign", ["*", "1-1", "2-0", "2-7"])
async def test_entries_that_no_leader_wrote_are_set_aside_and_ours_stay(
    foreign: str, redis_server: RedisServer, prefix: str
) -> None:
    lease, ledger = RedisLease(redis_server.url, prefix, "acd", "ann"), RedisLedger(redis_server.url, prefix, "acd")
    fence = await lease.take(await lease.look())
    assert fence is not None
    async with Redis.from_url(redis_server.url) as client:
        await ledger.append(fence, step(1))
        await client.xadd(f"{prefix}ledger:acd:entries", {"m": b"\x80"}, id=foreign)
        with structlog.testing.capture_logs() as logs:
            assert (await ledger.load(), await ledger.load()) == (Written(seq=1, cursor="1-1"),) * 2
        assert [line["kind"] for line in logs] == ["entries"]
        assert await ledger.entries(0) == [(1, b"entry 1")]
        await client.xadd(f"{prefix}ledger:acd:entries", {"m": b"\x80"}, id=foreign)
        await ledger.append(fence, step(2))
        assert await ledger.entries(0) == [(1, b"entry 1"), (2, b"entry 2")]
        await client.xadd(f"{prefix}ledger:acd:entries", {"m": b"\x80"}, id="3-1")
        waiting = asyncio.create_task(ledger.follow(2))
        await asyncio.sleep(0.05)
        await ledger.append(fence, step(3))
        assert await waiting == [(3, b"entry 3")]
    await lease.close()
    await ledger.close()


async def test_without_redis_everything_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    lease, ledger = RedisLease(server.url, "pb:", "acd", "ann"), RedisLedger(server.url, "pb:", "acd")
    fence = await lease.take(await lease.look())
    assert fence is not None
    server.stop()
    for attempt in (lease.look(), lease.renew(fence), ledger.append(fence, step(1)), ledger.load(), ledger.follow(0)):
        with pytest.raises(Unavailable):
            await attempt
    server.start()
    await ledger.append(fence, step(1, "scripts are loaded again"))
    await lease.close()
    await ledger.close()
    server.stop()
