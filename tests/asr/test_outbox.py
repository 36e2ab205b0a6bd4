"""While nobody takes events, partials go first and finals stay."""

from __future__ import annotations

from asr.outbox import Outbox
from core.events import TranscriptFinal, TranscriptPartial
from core.ids import CallId, LegId, StreamId
from core.model import Speaker


def partial(stream: str, text: str) -> TranscriptPartial:
    return TranscriptPartial(
        at=0.0,
        call_id=CallId("call_1"),
        leg_id=LegId("leg_1"),
        stream_id=StreamId(stream),
        speaker=Speaker.AGENT,
        utterance=0,
        text=text,
        start_ms=0,
    )


def final(number: int) -> TranscriptFinal:
    return TranscriptFinal(
        at=0.0,
        call_id=CallId("call_1"),
        leg_id=LegId("leg_1"),
        stream_id=StreamId("a"),
        speaker=Speaker.AGENT,
        utterance=number,
        text="",
        start_ms=0,
        end_ms=0,
    )


def test_a_newer_partial_of_the_same_stream_takes_the_place_of_the_older() -> None:
    outbox = Outbox()
    for event in (partial("a", "one"), partial("b", "two"), partial("a", "one three")):
        outbox.put(event)
    assert [outbox.take(), outbox.take(), outbox.take()] == [partial("b", "two"), partial("a", "one three"), None]


def test_a_full_box_drops_partials_before_finals_and_counts_lost_finals() -> None:
    outbox = Outbox(limit=3)
    for event in (final(1), partial("a", "x"), final(2), final(3)):
        outbox.put(event)
    assert outbox.dropped == 0
    outbox.put(final(4))
    assert outbox.dropped == 1
    assert [outbox.take() for _ in range(3)] == [final(2), final(3), final(4)]


def test_what_could_not_be_sent_is_the_next_again() -> None:
    outbox = Outbox()
    outbox.put(final(1))
    outbox.put(final(2))
    first = outbox.take()
    assert first is not None
    outbox.put_back(first)
    assert outbox.take() == final(1)
