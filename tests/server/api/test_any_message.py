"""Whatever stands in a message, no process ends, no task dies, and what comes afterwards is handled: the real control process.

Every field of every event and command (found by reflection: a new one is covered by itself) is fed with what people, other
products and bad days send. The messages go into Redis as bytes, past every check of a publisher.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from math import inf, nan
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from redis.asyncio import Redis

from core.codec import Unfit, encode_fit
from core.commands import AnyCommand, EndWork
from core.dead_letters import Stage, letter_about
from core.events import AnyEvent, CallerIdentified, CallStarted
from core.ids import CallId, FlowId, LegId, NodeId, WorkId
from core.model import LegKind
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from tests.core.test_codec import example_of
from tests.server.api.conftest import ControlProcess
from tests.server.redis_server import RedisServer

MARK = "SURROGATE"
"""Replaced by three unpaired surrogates in the encoded bytes: no encoder writes them."""
BAD: tuple[Any, ...] = (
    "", "nobody", MARK, "a\x00b", "\u202e\u0000", "x" * 100_000, "+44 20 7946 0018", "call_1",
    nan, inf, -inf, 1e308, -1e308, 577_244_000_000.0, 0, -1, 0.5, 2**63 - 1, -(2**63),
    None, True, [], {}, ["x"], {"x": "y"}, b"\xff",
)  # fmt: skip
HANDLED_WITHIN_S = 240.0
pytestmark = pytest.mark.timeout(500)


REFUSED_OF_EACH_FIELD = 2
"""The decoder refuses most of them, always the same way: two of each field are enough. What it lets through is all sent."""


def spoilt(union: Any) -> Iterator[dict[str, Any]]:
    """Messages of the union with one field spoilt, and with each field missing."""
    decode = msgspec.msgpack.Decoder(union).decode
    turn = 0
    for type_ in get_args(union):
        plain: dict[str, Any] = msgspec.to_builtins(example_of(type_), builtin_types=(bytes,))
        for field in type_.__struct_fields__:
            yield {name: value for name, value in plain.items() if name != field}
            turn += 1
            refused = 0
            for bad in (*BAD[turn % len(BAD) :], *BAD[: turn % len(BAD)]):
                message = plain | {field: bad}
                try:
                    decode(packed(message))
                except (msgspec.DecodeError, UnicodeError):
                    refused += 1
                    if refused > REFUSED_OF_EACH_FIELD:
                        continue
                yield message


def packed(message: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(message).replace(MARK.encode(), b"\xed\xa0\x80" * 3)


@pytest.fixture
def own_control(redis_server: RedisServer, tmp_path: Path) -> Iterator[ControlProcess]:
    made = ControlProcess(redis_server.url, tmp_path)
    made.start()
    yield made
    made.stop()


async def a_call_is_known(bus: RedisBus, name: str) -> bool:
    """A caller after all that is opened and told of, as any other."""
    now = SystemClock().now()
    call_id = CallId(f"call_{name}")
    cursor = await bus.cursor()
    await bus.publish(
        CallStarted(
            at=now,
            call_id=call_id,
            leg_id=LegId(f"leg_{name}"),
            node_id=NodeId("node_1"),
            kind=LegKind.SIP,
            caller="+442079460018",
            called="1000",
            flow_id=FlowId("welcome"),
        )
    )
    async with asyncio.timeout(HANDLED_WITHIN_S):
        async for _, event in bus.events(cursor):
            if isinstance(event, CallerIdentified) and event.call_id == call_id:
                return True
    return False


def nothing_died(control: ControlProcess) -> None:
    assert control.process is not None
    assert control.process.poll() is None, control.log[-4000:]
    lost = [line for line in control.log.splitlines() if "nobody caught" in line or "never retrieved" in line]
    assert lost == []


async def test_no_event_stops_the_control_process(own_control: ControlProcess) -> None:
    url, prefix = own_control.redis_url, own_control.prefix
    raw, bus = Redis.from_url(url), RedisBus(url, SystemClock(), prefix)
    for message in spoilt(AnyEvent):
        await raw.xadd(f"{prefix}events", {"m": packed(message)})
    assert await a_call_is_known(bus, "after_events")
    nothing_died(own_control)
    async with own_control.signed_in("ada") as ada:
        assert (await ada.get("/dead-letters")).json()["waiting"] > 0
        assert (await ada.get("/system")).status_code == 200
    own_control.stop(kill=True)
    own_control.start()
    assert await a_call_is_known(bus, "after_a_restart")
    nothing_died(own_control)
    await raw.aclose()
    await bus.close()


async def test_no_command_stops_the_control_process(own_control: ControlProcess) -> None:
    url, prefix = own_control.redis_url, own_control.prefix
    raw, bus = Redis.from_url(url), RedisBus(url, SystemClock(), prefix)
    now = SystemClock().now()
    for number, command in enumerate(spoilt(AnyCommand)):
        envelope = {"command_id": f"cmd_{number}", "reply_to": f"{prefix}reply:x", "sent_at": now, "deadline": now + 600}
        for addressee in ("acd", "calls:0"):
            await raw.xadd(f"{prefix}cmd:{addressee}", {"m": packed(envelope | {"command": command})})
    unknown = EndWork(work_id=WorkId("work_nobody_has"), abandoned=True)
    for addressee in ("acd", "calls:0"):
        answer = await bus.send(addressee, unknown, timeout_s=HANDLED_WITHIN_S)
        assert "did not answer" not in answer.reason
    assert await a_call_is_known(bus, "after_commands")
    nothing_died(own_control)
    await raw.aclose()
    await bus.close()


@pytest.mark.parametrize("type_", [*get_args(AnyEvent), *get_args(AnyCommand)], ids=lambda type_: type_.__name__)
def test_whatever_a_program_puts_into_a_message_it_is_published_or_set_aside(type_: type[Any]) -> None:
    good = example_of(type_)
    for field, bad in itertools.product(type_.__struct_fields__, (*BAD, "half \ud800 pair", 2**70, object())):
        message: Any = msgspec.structs.replace(good, **{field: bad})
        try:
            if type_ in get_args(AnyEvent):
                encode_fit(message)
        except Unfit as error:
            letter = letter_about(message, Stage.PUBLISH, "bus", error, at=1.0)
            assert msgspec.msgpack.decode(msgspec.msgpack.encode(letter), type=type(letter)) == letter
