"""The bus as its users see it: the same promises over Redis as in memory, and what only a real Redis can do wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import NamedTuple, Protocol

import pytest
from redis.asyncio import Redis

from core.addresses import Addresses
from core.causes import EndCause
from core.commands import Answer, AnyCommand, ListLegs, StopTap
from core.events import AnyEvent, CallEnded, ChildRestarted, NodeStarted
from core.ids import CallId, NodeId, TapId
from core.partitions import partition_of
from core.ports import Addressees, Bus, Unavailable, came_too_late, ok
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.server.redis_server import RedisServer


@pytest.fixture(params=["redis", "memory"])
async def bus(request: pytest.FixtureRequest, redis_server: RedisServer, prefix: str) -> AsyncIterator[Bus]:
    if request.param == "memory":
        yield MemoryBus()
        return
    redis_bus = RedisBus(redis_server.url, SystemClock(), prefix)
    yield redis_bus
    await redis_bus.close()


@pytest.fixture
async def redis_bus(redis_server: RedisServer, prefix: str) -> AsyncIterator[RedisBus]:
    bus = RedisBus(redis_server.url, SystemClock(), prefix)
    yield bus
    await bus.close()


class Lines(Bus, Addressees, Protocol):
    """What both buses are."""


@pytest.fixture
def lines(bus: Bus) -> Lines:
    assert isinstance(bus, RedisBus | MemoryBus)
    return bus


class Careful(NamedTuple):
    bus: Bus
    letters: MemoryDeadLetters


def started(number: int) -> NodeStarted:
    return NodeStarted(at=float(number), node_id=NodeId("node_1"), pid=number)


async def next_events(bus: Bus, count: int, cursor: str) -> list[tuple[str, AnyEvent]]:
    found = []
    async with asyncio.timeout(10):
        async for entry in bus.events(cursor):
            found.append(entry)
            if len(found) == count:
                break
    return found


async def echo(command: AnyCommand) -> Answer:
    assert isinstance(command, StopTap)
    return ok(heard=command.tap_id)


async def test_events_come_in_order_from_the_beginning_and_from_a_cursor(bus: Bus) -> None:
    for number in range(5):
        await bus.publish(started(number))
    everything = await next_events(bus, 5, "0")
    assert [event for _, event in everything] == [started(number) for number in range(5)]
    rest = await next_events(bus, 2, everything[2][0])
    assert [event for _, event in rest] == [started(3), started(4)]


async def test_a_reader_of_new_events_does_not_see_old_ones(bus: Bus) -> None:
    await bus.publish(started(1))
    reading = asyncio.create_task(next_events(bus, 1, "$"))
    number = 100
    while not reading.done():
        await bus.publish(started(number))
        await asyncio.wait([reading], timeout=0.05)
        number += 1
    assert reading.result()[0][1].at >= 100


async def test_many_commands_at_once_each_get_their_own_answer(bus: Bus) -> None:
    serving = asyncio.create_task(bus.serve("node:n", echo))
    answers = await asyncio.gather(*(bus.send("node:n", StopTap(tap_id=TapId(f"tap_{i}"))) for i in range(200)))
    assert [answer.result["heard"] for answer in answers] == [f"tap_{i}" for i in range(200)]
    assert all(answer.ok for answer in answers)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_a_silent_addressee_is_an_answer_that_is_not_ok(bus: Bus) -> None:
    answer = await bus.send("node:nobody", ListLegs(), timeout_s=0.1)
    assert not answer.ok
    assert "node:nobody" in answer.reason


async def test_nobody_waits_for_who_was_given_up_until_it_is_heard_of_again(lines: Lines) -> None:
    for_ever = 3600.0
    waiting = asyncio.create_task(lines.send("node:n", StopTap(tap_id=TapId("tap_under_way")), timeout_s=for_ever))
    other = asyncio.create_task(lines.send("node:other", StopTap(tap_id=TapId("tap_other")), timeout_s=for_ever))
    await asyncio.wait([waiting, other], timeout=0.05)
    lines.give_up("node:n")
    for answer in (await waiting, await lines.send("node:n", ListLegs(), timeout_s=for_ever)):
        assert came_too_late(answer)
        assert answer.result["code"] == "gone"
    assert not other.done()
    lines.take_up("node:n")
    serving = [asyncio.create_task(lines.serve(f"node:{name}", echo)) for name in ("n", "other")]
    assert (await lines.send("node:n", StopTap(tap_id=TapId("again")))).result == {"heard": "again"}
    assert (await other).ok
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


async def test_a_handler_that_fails_answers_and_the_next_command_is_served(redis_bus: RedisBus) -> None:
    async def fails_once(command: AnyCommand) -> Answer:
        if isinstance(command, ListLegs):
            raise KeyError("a mistake")
        return ok()

    serving = asyncio.create_task(redis_bus.serve("node:n", fails_once))
    assert "KeyError" in (await redis_bus.send("node:n", ListLegs())).reason
    assert (await redis_bus.send("node:n", StopTap(tap_id=TapId("t")))).ok
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_a_command_whose_deadline_passed_is_never_begun(redis_bus: RedisBus) -> None:
    begun: list[AnyCommand] = []

    async def record(command: AnyCommand) -> Answer:
        begun.append(command)
        return ok()

    late = await redis_bus.send("node:n", ListLegs(), timeout_s=0.05)
    assert not late.ok
    serving = asyncio.create_task(redis_bus.serve("node:n", record))
    assert (await redis_bus.send("node:n", StopTap(tap_id=TapId("t")))).ok
    assert begun == [StopTap(tap_id=TapId("t"))]
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture(params=["redis", "memory"])
async def careful_bus(request: pytest.FixtureRequest, redis_server: RedisServer, prefix: str) -> AsyncIterator[Careful]:
    letters = MemoryDeadLetters()
    if request.param == "memory":
        yield Careful(MemoryBus(letters), letters)
        return
    redis_bus = RedisBus(redis_server.url, SystemClock(), prefix, letters)
    yield Careful(redis_bus, letters)
    await redis_bus.close()


BAD_ENTRIES = (b"\xc1 no message", b"", b"\x82\xa4type\xabNodeStarted\xa2at\xa1\xff", b"\x91" * 100_000)
"""No MessagePack; nothing; text that is not UTF-8; too many levels. The last two ended the reader, and with it the process."""


async def test_entries_that_are_no_event_are_set_aside_and_the_reader_goes_on(redis_server: RedisServer, prefix: str) -> None:
    letters = MemoryDeadLetters()
    bus, raw = RedisBus(redis_server.url, SystemClock(), prefix, letters), Redis.from_url(redis_server.url)
    await bus.publish(started(1))
    for value in BAD_ENTRIES:
        await raw.xadd(f"{prefix}events", {"m": value})
    await raw.xadd(f"{prefix}events", {"other": b"x"})
    await bus.publish(started(2))
    assert [event for _, event in await next_events(bus, 2, "0")] == [started(1), started(2)]
    assert bus.malformed == 5
    assert [letter.payload for letter in letters.letters] == [data if len(data) < 64_000 else b"" for data in BAD_ENTRIES]
    await raw.aclose()
    await bus.close()


async def test_an_event_that_nobody_could_read_is_set_aside_instead_of_published(careful_bus: Careful) -> None:
    bus, letters = careful_bus
    await bus.publish(NodeStarted(at=577_244_000_000.0, node_id=NodeId("node_1"), pid=1))
    await bus.publish(ChildRestarted(at=1.0, name="half a \ud800 pair", reason="", attempt=1))
    await bus.publish(started(1))
    assert [event for _, event in await next_events(bus, 1, "0")] == [started(1)]
    assert [(letter.stage, letter.kind) for letter in letters.letters] == [
        ("publish", "NodeStarted"),
        ("publish", "ChildRestarted"),
    ]


async def test_a_command_that_fails_or_cannot_travel_is_answered_and_set_aside(careful_bus: Careful) -> None:
    bus, letters = careful_bus

    async def fail(command: AnyCommand) -> Answer:
        if isinstance(command, StopTap) and command.tap_id == "tap_ok":
            return ok()
        raise OverflowError("what somebody said")

    serving = asyncio.create_task(bus.serve("acd", fail))
    unfit = await bus.send("acd", StopTap(tap_id=TapId("no id")))
    failed = await bus.send("acd", StopTap(tap_id=TapId("tap_bad")))
    fine = await bus.send("acd", StopTap(tap_id=TapId("tap_ok")))
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    assert [answer.result.get("code") for answer in (unfit, failed)] == ["unfit", "failed"]
    assert fine.ok
    assert "somebody" not in failed.reason
    assert [(letter.stage, letter.to, letter.ids) for letter in letters.letters] == [
        ("publish", "acd", {}),
        ("handle", "acd", {"tap_id": "tap_bad"}),
    ]


async def test_publishing_is_one_command_and_one_way_there_and_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What makes it quick; how long it takes is the benchmark's affair. A server of its own: nobody else asks anything there."""
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    redis_bus = RedisBus(server.url, SystemClock())
    raw = Redis.from_url(server.url)
    await redis_bus.publish(started(0))

    async def commands() -> int:
        return int((await raw.info("stats"))["total_commands_processed"])

    before = await commands()
    for number in range(1, 101):
        await redis_bus.publish(started(number))
    taken = await commands() - before
    await raw.aclose()
    await redis_bus.close()
    server.stop()
    assert taken == 100 + 1, "and the question itself"


async def test_lost_redis_is_unavailable_and_readers_go_on_when_it_returns(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    bus = RedisBus(server.url, SystemClock())
    await bus.publish(started(1))
    reading = asyncio.create_task(next_events(bus, 2, "0"))
    serving = asyncio.create_task(bus.serve("node:n", echo))
    assert (await bus.send("node:n", StopTap(tap_id=TapId("a")))).ok
    server.stop()
    with pytest.raises(Unavailable):
        await bus.publish(started(2))
    with pytest.raises(Unavailable):
        await bus.send("node:n", StopTap(tap_id=TapId("b")))
    server.start()
    await bus.publish(ChildRestarted(at=2.0, name="redis", reason="killed", attempt=1))
    assert [event.at for _, event in await reading] == [1.0, 2.0]
    assert (await bus.send("node:n", StopTap(tap_id=TapId("c")))).ok
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await bus.close()
    server.stop()


async def test_streams_of_commands_and_answers_go_away_by_themselves(
    redis_bus: RedisBus, redis_server: RedisServer, prefix: str
) -> None:
    """Their lives are renewed now and then, not with each of ten commands."""

    async def agrees(command: AnyCommand) -> Answer:
        return ok()

    serving = asyncio.create_task(redis_bus.serve("node:1", agrees))
    async with Redis.from_url(redis_server.url, protocol=2) as redis:
        before = (await redis.info("commandstats")).get("cmdstat_expire", {"calls": 0})["calls"]
        for _ in range(10):
            assert (await redis_bus.send("node:1", ListLegs())).ok
        assert (await redis.info("commandstats"))["cmdstat_expire"]["calls"] - before == 2
        streams = [key async for key in redis.scan_iter(f"{prefix}*")]
        assert {await redis.ttl(key) > 500 for key in streams} == {True}
    serving.cancel()


async def test_whoever_serves_several_names_may_take_up_and_give_up_some(bus: Bus) -> None:
    here, there = Addresses(["calls:1", "calls:2"]), Addresses()

    async def is_here(command: AnyCommand) -> Answer:
        return ok(who="here")

    async def is_there(command: AnyCommand) -> Answer:
        return ok(who="there")

    async def who(name: str) -> object:
        return (await bus.send(name, ListLegs())).result["who"]

    serving = [asyncio.create_task(bus.serve(here, is_here)), asyncio.create_task(bus.serve(there, is_there))]
    assert [await who("calls:1"), await who("calls:2")] == ["here", "here"]
    waiting = asyncio.create_task(who("calls:3"))
    here.set(["calls:1"])
    there.set(["calls:2", "calls:3"])
    assert [await who("calls:1"), await who("calls:2"), await waiting] == ["here", "there", "there"]
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


async def test_a_reader_passes_by_what_concerns_only_the_calls_of_others(bus: Bus) -> None:
    mine, others = CallId("call_1"), CallId("call_0193f3c2a7")
    told: list[AnyEvent] = [ended(mine), started(1), ended(others), ended(mine)]
    for event in told:
        await bus.publish(event)

    def skip(partition: int) -> bool:
        return partition != partition_of(mine)

    found = []
    cursors = []
    async with asyncio.timeout(10), aclosing(bus.sifted("0", skip)) as events:
        async for cursor, one in events:
            cursors.append(cursor)
            if one is not None:
                found.append((cursor, one))
            if len(found) == 3:
                break
    assert [event for _, event in found] == [told[0], told[1], told[3]]
    everything = await next_events(bus, 4, "0")
    assert cursors == [cursor for cursor, _ in everything]
    assert await bus.past("0", everything[-1][0], skip) == found
    assert await bus.past(everything[0][0], everything[2][0], skip) == [found[1]]
    assert await bus.past(everything[-1][0], everything[-1][0], skip) == []


def ended(call_id: CallId) -> CallEnded:
    return CallEnded(at=1.0, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=0.5)
