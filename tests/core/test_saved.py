"""Saved state of another release: what it had more is left out, what does not fit is set aside, and nothing else suffers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.catch_up import KIND as LATE_KIND
from asr.catch_up import PutOff
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, StreamId
from core.model import LegKind, Speaker
from core.saved import decoded, sorted_out, take_back, words_of
from ivr.state import FlowState, SavedCall
from ivr.taking_back import STATE_KIND
from telephony.calls.call import AgentLeg, Call, Phase
from telephony.calls.service import AGENT_LEG_KIND, CALL_KIND
from tests.peers.memory_store import MemoryStore

CALL, LEG, NODE = CallId("call_1"), LegId("leg_1"), NodeId("node_1")
SAVED: dict[str, tuple[type[Any], Any]] = {
    CALL_KIND: (
        Call,
        Call(
            call_id=CALL,
            node_id=NODE,
            kind=LegKind.SIP,
            caller="+442079460180",
            called="1000",
            display_name="D. Whitfield",
            customer_token=None,
            customer_leg=LEG,
            phase=Phase.FLOW,
            offered_at=1.0,
            deadline=2.0,
        ),
    ),
    AGENT_LEG_KIND: (AgentLeg, AgentLeg(agent_id=AgentId("agent_mei"), leg_id=LEG, node_id=NODE)),
    STATE_KIND: (
        SavedCall,
        SavedCall(
            call_id=CALL,
            leg_id=LEG,
            node_id=NODE,
            flow_id=FlowId("flow_demo"),
            caller="",
            called="1000",
            language="en",
            state=FlowState(flow_id=FlowId("flow_demo"), version=1, step="wait", started_at=1.0),
        ),
    ),
    LATE_KIND: (
        PutOff,
        PutOff(
            late_stream=StreamId("stream_2"),
            call_id=CALL,
            leg_id=LEG,
            speaker=Speaker.AGENT,
            language="en",
            from_ms=0,
            since=1.0,
        ),
    ),
}
KINDS = pytest.mark.parametrize("kind", SAVED)


def as_map(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(SAVED[kind][1]))
    return found


@KINDS
def test_what_a_newer_release_added_is_left_out(kind: str) -> None:
    type_, value = SAVED[kind]
    newer = as_map(kind) | {"colour": "green", "shades": [{"of": 1}]}
    if isinstance(newer.get("state"), dict):
        newer["state"] |= {"weather": "fair"}
    assert decoded(msgspec.msgpack.encode(newer), type_) == value


@KINDS
@pytest.mark.parametrize("damage", ["a field is missing", "a field is of another kind", "garbage", "no UTF-8", "nothing"])
async def test_what_cannot_be_read_is_set_aside_and_the_rest_is_taken_back(kind: str, damage: str) -> None:
    type_, value = SAVED[kind]
    broken = as_map(kind)
    first = next(iter(broken))
    damaged = {
        "a field is missing": msgspec.msgpack.encode({name: part for name, part in broken.items() if name != first}),
        "a field is of another kind": msgspec.msgpack.encode(broken | {first: [1, {"a": 2}]}),
        "garbage": b"\xc1 no MessagePack",
        "no UTF-8": b"\x81\xa1a\xa2\xff\xfe",
        "nothing": b"",
    }[damage]
    store = MemoryStore()
    await store.save(kind, "whole", msgspec.msgpack.encode(value))
    await store.save(kind, "damaged", damaged)
    assert await take_back(store, kind, type_) == {"whole": value}
    assert store.aside[kind] == {"damaged": damaged}, "kept as it was"
    assert set(await store.load_all(kind)) == {"whole"}, "and not looked at again"


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for type_, _ in SAVED.values():
        sorted_out({"key": data}, type_)
    words_of(data)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_no_value_raises(part: Any) -> None:
    try:
        for kind, (type_, _) in SAVED.items():
            for name in as_map(kind):
                sorted_out({"key": msgspec.msgpack.encode(as_map(kind) | {name: part})}, type_)
    except (OverflowError, UnicodeEncodeError):  # that is no MessagePack to begin with
        return


def test_reasons_quote_nothing() -> None:
    _, unreadable = sorted_out({"key": msgspec.msgpack.encode(as_map(CALL_KIND) | {"phase": "+442079460180"})}, Call)
    assert "442079460180" not in unreadable["key"]
