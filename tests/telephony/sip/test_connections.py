"""Connections that are not used as SIP uses them keep nobody waiting, and end in time; trunks always find a place."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Mapping

import pytest

from telephony.engine_settings import ConnectionLimits, Trunk
from tests.peers.phone import Phone
from tests.peers.raw_connections import RawConnection, connection, connections, request
from tests.peers.waiting import PATIENCE_S, until, until_told
from tests.telephony.sip.conftest import Node, running_node

HALF = "INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK-half\r\nFrom: <sip:a@b>;ta"
WITHIN_S = 1.0
QUICK = ConnectionLimits(message_within_s=WITHIN_S)
CARRIER = Trunk(name="carrier", networks=("127.0.0.2/32",))
FLOODED_S = 8.0
LONGEST_ROUND_MS = 1500.0
"""The watchdog takes 2 s for the end."""
AT_ONCE_S = 3.0
"""Less than what a caller waits whose connection is not taken at once: the system tries again after 1 s and then 3."""


def ended(node: Node) -> Mapping[str, int]:
    return node.engine.health().connections.ended


async def all_ended(opened: list[RawConnection]) -> None:
    await asyncio.gather(*(each.ended() for each in opened))


async def seconds_of_a_call(node: Node, phone: Phone) -> float:
    began = time.monotonic()
    await node.call_from(phone)
    return time.monotonic() - began


async def answers(peer: RawConnection, port: int) -> bool:
    peer.send(request("OPTIONS", port))
    return "SIP/2.0 200" in await peer.answer()


async def test_half_messages_keep_no_phone_waiting_and_end_in_time() -> None:
    """In 0.1 a hundred of them stayed for ever, and a caller's connection took 9.5 s."""
    by_tcp, by_udp = Phone.start("--transport", "tcp"), Phone.start()
    async with running_node(connections=ConnectionLimits(message_within_s=5.0)) as node, by_tcp as first, by_udp as second:
        began = time.monotonic()
        async with connections(node.engine.sip_port, 200) as opened:
            for each in opened:
                each.send(HALF)
            await until(lambda: node.engine.health().connections.open == len(opened))
            assert await seconds_of_a_call(node, first) < AT_ONCE_S
            assert await seconds_of_a_call(node, second) < AT_ONCE_S
            await all_ended(opened)
        assert time.monotonic() - began >= 5.0
        assert ended(node)["unfinished"] == 200
        await until(lambda: node.engine.health().connections.open == 1)  # the phone's


async def test_who_says_nothing_makes_room_for_who_does() -> None:
    by_tcp = Phone.start("--transport", "tcp")
    async with (
        running_node(connections=ConnectionLimits(per_address=20)) as node,
        by_tcp as phone,
        connections(node.engine.sip_port, 40),
    ):
        assert await seconds_of_a_call(node, phone) < AT_ONCE_S
        assert ended(node)["made_room"] == 21


async def test_strangers_leave_trunks_their_places() -> None:
    limits = ConnectionLimits(in_all=40, of_strangers=20)
    async with running_node(connections=limits, trunks=(CARRIER,)) as node, contextlib.AsyncExitStack() as stack:
        port = node.engine.sip_port
        for number in range(20):
            stranger = await stack.enter_async_context(connection(port, f"127.0.1.{number}"))
            assert await answers(stranger, port)
        async with connections(port, 30, "127.0.9.9") as more:
            await all_ended(more)
        assert ended(node)["refused"] == 30
        for trunk in await stack.enter_async_context(connections(port, 20, "127.0.0.2")):
            assert await answers(trunk, port)
        assert node.engine.health().connections.open == 40


async def test_a_thousand_knocks_leave_the_door_open() -> None:
    """pjproject stops listening for good after fifty failures to accept in a row."""
    async with running_node(connections=ConnectionLimits(per_stranger=1), trunks=(CARRIER,)) as node:
        port = node.engine.sip_port
        async with connection(port) as stays:
            assert await answers(stays, port)
            for _ in range(10):
                async with connections(port, 100) as opened:
                    await all_ended(opened)
            assert ended(node)["refused"] == 1000
            async with connection(port, "127.0.0.2") as trunk:
                assert await answers(trunk, port)


async def test_what_says_nothing_or_drips_ends_in_time() -> None:
    async with running_node(connections=QUICK) as node:
        port = node.engine.sip_port
        async with connection(port) as silent, connection(port) as dripping:
            began = time.monotonic()
            long = request("INVITE", port, headers=f"Subject: {'a' * 1000}\r\n")
            slowly = asyncio.create_task(dripping.drip(long.encode(), 0.01))
            await all_ended([silent, dripping])
            assert time.monotonic() - began >= WITHIN_S
            await slowly
        assert (ended(node)["silent"], ended(node)["unfinished"]) == (1, 1)


async def test_a_body_that_never_ends_ends_in_time_also_after_good_messages() -> None:
    async with running_node(connections=QUICK) as node:
        port = node.engine.sip_port
        async with connection(port) as peer:
            assert await answers(peer, port)
            endless = request("OPTIONS", port).replace("Content-Length: 0", "Content-Type: text/plain\r\nContent-Length: 50000")
            await peer.drip(endless.encode() + b"x" * 50_000, 0.01)
            await peer.ended()
        assert ended(node)["unfinished"] == 1


async def test_sixty_four_kilobytes_of_head_are_refused_at_once() -> None:
    async with running_node() as node:
        port = node.engine.sip_port
        async with connection(port) as peer:
            peer.send(request("INVITE", port, headers="".join(f"X-{number}: {'a' * 1000}\r\n" for number in range(70))))
            await peer.ended()
            assert b"SIP/2.0 513" in peer.received
        assert ended(node)["too_long"] == 1


async def test_a_strangers_message_may_be_sixteen_kilobytes_a_trunks_more() -> None:
    long = "".join(f"X-{number}: {'a' * 1000}\r\n" for number in range(30))
    async with running_node(trunks=(CARRIER,)) as node:
        port = node.engine.sip_port
        async with connection(port, "127.0.0.2") as trunk, connection(port) as stranger:
            trunk.send(request("OPTIONS", port, headers=long))
            assert "SIP/2.0 200" in await trunk.answer()
            stranger.send(request("OPTIONS", port, headers=long)[:25_000])
            await stranger.ended()
        assert ended(node)["too_long"] == 1


async def test_who_asks_and_takes_no_answers_is_cut_off() -> None:
    async with running_node(trunks=(CARRIER,)) as node:
        port = node.engine.sip_port
        async with connection(port, "127.0.0.2", room=4096) as peer:
            peer.stop_reading()
            await peer.flood(request("OPTIONS", port).encode() * 20)
            await until(lambda: ended(node)["unread"] == 1)
        async with connection(port) as other:
            assert await answers(other, port)


@pytest.mark.parametrize("source", ["127.0.5.5", "127.0.0.2"], ids=["strangers", "trunk"])
async def test_who_floods_stops_nobody_else(source: str) -> None:
    """Eight connections that never stopped made SIP stand still for 18 s: the watchdog would have ended the node."""
    own = Trunk(name="own", networks=("127.0.0.1/32",))
    async with running_node(trunks=(CARRIER, own)) as node, Phone.start() as phone, flooded(node, 8, source):
        assert await seconds_of_a_call(node, phone) < FLOODED_S
        assert node.engine.health().max_loop_lag_ms < LONGEST_ROUND_MS


@contextlib.asynccontextmanager
async def flooded(node: Node, count: int, source: str) -> AsyncIterator[None]:
    """As fast as this machine can, from another process; returns when it has begun."""
    command = [sys.executable, "-m", "tests.peers.sip_flood", str(node.engine.sip_port), str(count), source]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield
    finally:
        process.kill()
        await process.wait()


LITTLE_ROOM = """
import asyncio, resource
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.sip.engine import SipMediaEngine

async def main():
    lab = Trunk(name="lab", networks=("127.0.0.0/8",))
    engine = SipMediaEngine(SipEngineConfig(bind_host="127.0.0.1", sip_port=0, trunks=(lab,)), print)
    await engine.start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    print(engine.sip_port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def is_heard(port: int) -> bool:
    """Also one that came before the others' descriptors were free is closed again."""
    try:
        async with connection(port) as peer, asyncio.timeout(PATIENCE_S):
            return await answers(peer, port)
    except (ConnectionError, asyncio.IncompleteReadError):
        return False


async def test_a_node_without_descriptors_hears_again_when_there_are_some() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", LITTLE_ROOM, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    while not (line := await process.stdout.readline()).strip().isdigit():
        assert line, "the node has ended"
    port = int(line)
    try:
        async with connections(port, 200) as opened:
            await all_ended(opened[150:])
        await until_told(lambda: is_heard(port))
    finally:
        process.kill()
        await process.wait()
