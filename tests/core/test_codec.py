"""Every message travels unchanged, and what is no message is refused at the border."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import codec
from core.causes import EndCause
from core.commands import AnyCommand, Envelope, HangUpLeg, ListLegs
from core.events import AnyEvent, CallEnded, NodeStarted
from core.ids import CallId, CommandId, LegId, NodeId


def example_of(type_: type[msgspec.Struct]) -> msgspec.Struct:
    """A message of the type with small, valid values, built from its own schema."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(type_):
        if field.required:
            values[field.encode_name] = _value(field.type)
    return msgspec.convert(values | _tag(type_), type_)


def _tag(type_: type[msgspec.Struct]) -> dict[str, str]:
    config = type_.__struct_config__
    return {config.tag_field: str(config.tag)} if config.tag_field else {}


PLAIN: dict[type[msgspec.inspect.Type], Any] = {
    msgspec.inspect.StrType: "x",
    msgspec.inspect.BytesType: b"x",
    msgspec.inspect.BoolType: True,
    msgspec.inspect.IntType: 1,
    msgspec.inspect.FloatType: 1,
    msgspec.inspect.UnionType: None,
    msgspec.inspect.VarTupleType: [],
    msgspec.inspect.ListType: [],
    msgspec.inspect.DictType: {},
}


def _value(type_: Any) -> Any:
    info = msgspec.inspect.type_info(type_)
    match info:
        case msgspec.inspect.LiteralType():
            return info.values[0]
        case msgspec.inspect.EnumType():
            return next(iter(info.cls)).value
        case msgspec.inspect.StructType():
            return msgspec.to_builtins(example_of(info.cls))
        case _:
            assert type(info) in PLAIN, f"a message has a field of the new kind {info}"
            return PLAIN[type(info)]


@pytest.mark.parametrize("type_", get_args(AnyEvent), ids=lambda type_: type_.__name__)
def test_every_event_travels_unchanged(type_: type[Any]) -> None:
    event = example_of(type_)
    assert codec.decode_event(codec.encode(event)) == event  # type: ignore[arg-type]  # built from the union's own types


@pytest.mark.parametrize("type_", get_args(AnyCommand), ids=lambda type_: type_.__name__)
def test_every_command_travels_unchanged(type_: type[Any]) -> None:
    command = example_of(type_)
    envelope = Envelope(
        command_id=CommandId("cmd_1"),
        reply_to="reply",
        sent_at=1.0,
        deadline=2.0,
        command=command,  # type: ignore[arg-type]  # built from the union's own types
    )
    assert codec.decode_envelope(codec.encode(envelope)) == envelope


def test_what_a_newer_release_has_added_is_left_out() -> None:
    """The two run side by side while an installation is upgraded."""
    data = msgspec.msgpack.encode({"type": "NodeStarted", "at": 1.0, "node_id": "n", "pid": 1, "colour": "red"})
    assert codec.decode_event(data) == NodeStarted(at=1.0, node_id=NodeId("n"), pid=1)
    command = {"type": "ListLegs", "colour": {"of": ["all"]}}
    travels = {"command_id": "cmd_1", "reply_to": "me", "sent_at": 1.0, "deadline": 2.0, "command": command, "urgent": True}
    assert codec.decode_envelope(msgspec.msgpack.encode(travels)).command == ListLegs()


@pytest.mark.parametrize("type_", get_args(AnyEvent), ids=lambda type_: type_.__name__)
def test_every_event_may_grow(type_: type[Any]) -> None:
    event = example_of(type_)
    found = msgspec.msgpack.decode(codec.encode(event))  # type: ignore[arg-type]  # built from the union's own types
    more = codec.decode_event(msgspec.msgpack.encode(found | {"added_later": [{"a": 1}]}))
    assert more == event


def test_a_mistake_beside_an_unknown_field_is_still_one() -> None:
    data = msgspec.msgpack.encode({"type": "NodeStarted", "at": 1.0, "node_id": "n", "pid": "seven", "colour": "red"})
    with pytest.raises(codec.DecodeError, match="pid"):
        codec.decode_event(data)


def test_unknown_types_are_refused() -> None:
    with pytest.raises(codec.DecodeError, match="Nonsense"):
        codec.decode_event(msgspec.msgpack.encode({"type": "Nonsense", "at": 1.0}))


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused_by_name(data: bytes) -> None:
    try:
        event = codec.decode_event(data)
    except codec.DecodeError:
        return
    assert codec.decode_event(codec.encode(event)) == event


def test_messages_cannot_be_changed() -> None:
    event = NodeStarted(at=1.0, node_id=NodeId("n"), pid=1)
    with pytest.raises(AttributeError):
        event.pid = 2  # type: ignore[misc]  # what the test is about


def test_end_causes_say_whose_doing_it_was() -> None:
    parties = {cause.value.split(":")[0] for cause in EndCause}
    assert parties == {"caller", "agent", "flow", "supervisor", "system", "peer", "network"}


def test_the_cause_of_an_end_travels_by_its_name() -> None:
    ended = CallEnded(at=2.0, call_id=CallId("call_1"), cause=EndCause.AGENT_LOST, started_at=1.0)
    assert b"agent:lost" in codec.encode(ended)
    command = HangUpLeg(leg_id=LegId("leg_1"), cause=EndCause.CALLER_ABANDONED)
    assert codec.decode_command(codec.encode(command)) == command
