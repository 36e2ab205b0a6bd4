"""No message carries what nobody could store, compare or say as a date."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import msgspec
import pytest

from core.codec import DecodeError, Unfit, decode_event, encode_fit, reason_of
from core.events import CallStarted, NodeStarted, WrapUpFinished
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, WorkId
from core.model import LegKind
from core.ranges import LATEST_S, LONGEST_NAME, PROMISE_AHEAD_S, fit_id, fit_name, promise_fits

YEAR_20261 = 577_244_000_000.0
WRAP_UP = WrapUpFinished(
    at=1_780_000_000.0, call_id=CallId("call_1"), work_id=WorkId("work_1"), agent_id=AgentId("mei"), disposition="Settled"
)
STARTED = CallStarted(
    at=1_780_000_000.0,
    call_id=CallId("call_1"),
    leg_id=LegId("leg_1"),
    node_id=NodeId("node_1"),
    kind=LegKind.SIP,
    caller="+442079460018",
    called="1000",
    flow_id=FlowId("welcome"),
)


@pytest.mark.parametrize("field", ["at", "callback_at"])
@pytest.mark.parametrize("time", [nan, inf, -inf, 1e308, -1e308, -1.0, YEAR_20261, LATEST_S + 1])
def test_a_time_outside_our_centuries_is_not_published(field: str, time: float) -> None:
    with pytest.raises(Unfit, match=rf"at \$\.{field}"):
        encode_fit(msgspec.structs.replace(WRAP_UP, **{field: time}))


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "x" * (LONGEST_NAME + 1)], ids=["surrogate", "NUL", "long"])
def test_a_text_that_cannot_be_kept_is_not_published(text: str) -> None:
    with pytest.raises(Unfit):
        encode_fit(msgspec.structs.replace(STARTED, display_name=text))


@pytest.mark.parametrize("text", ["two words", "Ä", "tab\t", "x" * 129])
def test_an_id_is_printable_ascii(text: str) -> None:
    with pytest.raises(Unfit):
        encode_fit(msgspec.structs.replace(STARTED, call_id=CallId(text)))


def test_a_whole_number_beyond_64_bits_is_not_published() -> None:
    with pytest.raises(Unfit, match="cannot be encoded: OverflowError"):
        encode_fit(NodeStarted(at=1.0, node_id=NodeId("node_1"), pid=2**70))


@pytest.mark.parametrize("data", [b"\xa1\xff", b"\x82\xa4type\xabNodeStarted\xa2at\xa1\xff", b"\x91" * 100_000, b""])
def test_bytes_that_are_no_event_are_refused_by_one_error(data: bytes) -> None:
    """The library itself raises two more: for bad UTF-8 and for too many levels."""
    with pytest.raises(DecodeError):
        decode_event(data)


def test_a_refusal_does_not_quote_what_it_refuses() -> None:
    message: dict[str, Any] = {"type": "CallHandedBack", "at": 1.0, "call_id": "my mother is ill", "agent_id": "mei"}
    for spoilt in (message, message | {"my mother is ill": 1}, message | {"type": "my mother is ill"}):
        with pytest.raises(DecodeError) as refusal:
            decode_event(msgspec.msgpack.encode(spoilt))
        assert "mother" not in reason_of(refusal.value)


def test_a_strangers_name_is_made_fit() -> None:
    assert fit_name("  Ann\x00a \ud800M\u00fcller\n") == "Anna M\u00fcller"
    assert fit_name("\u202eanaD\u2069 \u2028x") == "anaD x"
    assert len(fit_name("x" * 10_000_000)) == LONGEST_NAME


@pytest.mark.parametrize("text", ["", "a b", "\u00e4", "a\n", "x" * 129])
def test_what_cannot_be_an_id(text: str) -> None:
    assert not fit_id(text)


def test_a_call_is_promised_for_at_most_a_year_ahead() -> None:
    now = 1_780_000_000.0
    assert promise_fits(now, now)
    assert promise_fits(now + PROMISE_AHEAD_S, now)
    for at in (now + PROMISE_AHEAD_S + 1, YEAR_20261, nan, inf, -inf, -1.0):
        assert not promise_fits(at, now)
