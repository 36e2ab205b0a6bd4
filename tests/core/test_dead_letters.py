"""A letter can be made of whatever failed, tells where, and quotes nobody."""

from __future__ import annotations

import msgspec

from core.codec import DecodeError, decode_event, encode
from core.commands import StopTap
from core.dead_letters import LARGEST_PAYLOAD, Stage, letter_about, letter_from, letter_of_thing
from core.events import CallStarted
from core.ids import CallId, FlowId, LegId, NodeId, TapId
from core.model import LegKind

STARTED = CallStarted(
    at=1_780_000_000.0,
    call_id=CallId("call_1"),
    leg_id=LegId("leg_1"),
    node_id=NodeId("node_1"),
    kind=LegKind.SIP,
    caller="+442079460018",
    called="1000",
    display_name="Anna Secret",
    flow_id=FlowId("welcome"),
)


def failure(message: str) -> Exception:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def shown(letter: object) -> str:
    """Everything but the content."""
    return str(msgspec.structs.replace(letter, payload=b""))  # type: ignore[type-var]  # a letter


def test_a_letter_names_the_ids_and_the_place_and_keeps_the_words_to_itself() -> None:
    letter = letter_about(STARTED, Stage.HANDLE, "customers", failure("Anna Secret"), at=5.0)
    assert (letter.kind, letter.part, letter.holds) == ("CallStarted", "customers", "event")
    assert letter.ids == {"call_id": "call_1", "leg_id": "leg_1", "node_id": "node_1", "flow_id": "welcome"}
    assert letter.reason.startswith("ValueError core/test_dead_letters.py:")
    assert "Secret" not in shown(letter)
    assert "2079460018" not in shown(letter)
    assert decode_event(letter.payload) == STARTED


def test_the_same_failure_of_the_same_message_is_the_same_letter() -> None:
    first, again = (letter_about(STARTED, Stage.HANDLE, "live", failure(text), at=at) for text, at in (("a", 1.0), ("b", 2.0)))
    elsewhere = letter_about(STARTED, Stage.HANDLE, "ivr", failure("a"), at=1.0)
    assert first.letter_id == again.letter_id != elsewhere.letter_id


def test_a_message_that_cannot_be_encoded_is_kept_repaired() -> None:
    spoilt = msgspec.structs.replace(STARTED, display_name="An\ud800na", called=str(2**70))
    letter = letter_about(spoilt, Stage.PUBLISH, "bus", failure(""), at=5.0)
    assert decode_event(letter.payload) == msgspec.structs.replace(spoilt, display_name="An?na")


def test_whatever_is_wrong_with_a_message_a_letter_is_made() -> None:
    hopeless = msgspec.structs.replace(STARTED, called=object())
    huge = msgspec.structs.replace(STARTED, display_name="x" * LARGEST_PAYLOAD)
    for message in (hopeless, huge, StopTap(tap_id=TapId("a\nlie in the log"))):
        letter = letter_about(message, Stage.PUBLISH, "bus\x00", failure(""), at=5.0)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(letter), type=type(letter)) == letter
        assert letter.holds == ("command" if isinstance(message, StopTap) else "nothing")
        assert "lie" not in str(letter.ids)


def test_bytes_that_are_no_message_are_kept_for_a_release_that_understands_them() -> None:
    data = encode(STARTED) + b"\xc1"
    letter = letter_from(data, "events", DecodeError("x"), at=5.0, ids={"entry_id": "17-0"})
    assert (letter.stage, letter.payload, letter.ids) == (Stage.READ, data, {"entry_id": "17-0"})


def test_a_row_or_an_entity_has_a_letter_that_tells_of_it() -> None:
    letter = letter_of_thing(Stage.SHOW, "live", "queue", ids={"queue_id": "billing"}, error=failure("x"), at=5.0)
    assert (letter.kind, letter.ids, letter.holds) == ("queue", {"queue_id": "billing"}, "nothing")
