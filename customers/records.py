"""The record of a call: what was said in the order it was said, and the entity that the history shows."""

from __future__ import annotations

from core.events import FlowStepped, TranscriptFinal
from core.model import Speaker
from core.ranges import lines
from customers.model import Call, CallPage, CallRecord, Segment, Step, StoredSegment
from customers.timeline import cursor_after

TURN_STEP_S = 1e-6


def steps_of(event: FlowStepped) -> tuple[Step, ...]:
    """The steps of one turn, a microsecond apart: no time passed between them, and they are kept in order by time."""
    return tuple(
        Step(at=event.at + number * TURN_STEP_S, step=entered.step, verb=entered.verb, detail=entered.detail)
        for number, entered in enumerate(event.steps)
    )


def segment_of(event: TranscriptFinal) -> StoredSegment:
    segment = Segment(
        call_id=event.call_id,
        leg_id=event.leg_id,
        utterance=event.utterance,
        speaker=event.speaker,
        text=lines(event.text),
        start_ms=event.start_ms,
        end_ms=event.end_ms,
        at=event.at,
        late=event.late,
        words=event.words,
    )
    return StoredSegment(stream_id=event.stream_id, segment=segment)


def in_order(stored: tuple[StoredSegment, ...]) -> tuple[Segment, ...]:
    """By the moment each utterance began, the customer first when both began at once; those that came to nothing are left out.

    When a final came says little: a long sentence is final after the short answer that fell into it. All streams of a call
    count from its connection, live ones and those from the recording.
    """
    said = (each.segment for each in stored if each.segment.text)
    return tuple(sorted(said, key=lambda segment: (segment.start_ms, segment.speaker is Speaker.AGENT, segment.utterance)))


def shown_caller(call: Call) -> str:
    """The number that was looked up (E.164); as it was shown when it is none; empty: withheld."""
    return call.identifier.value if call.identifier is not None else call.caller


def record(call: Call, customer_name: str, path: tuple[Step, ...], segments: tuple[Segment, ...] | None) -> CallRecord:
    return CallRecord(
        call_id=call.call_id,
        customer_id=call.customer_id,
        customer_name=customer_name,
        caller=shown_caller(call),
        called=call.called,
        diverted_from=call.diverted_from,
        queue_id=call.queue_id,
        agent_id=call.agent_id,
        agent_name=call.agent_name,
        started_at=call.started_at,
        connected_at=call.connected_at,
        ended_at=call.ended_at,
        cause=call.cause,
        disposition=call.disposition,
        summary=call.summary,
        path=path,
        recording_ms=call.recording_ms,
        has_recording=call.recording_ms > 0,
        segments=segments,
        engagements=call.engagements,
    )


def page(rows: tuple[tuple[Call, str, tuple[Step, ...]], ...], limit: int) -> CallPage:
    """A page from up to `limit` + 1 rows."""
    shown = rows[:limit]
    last = shown[-1][0] if len(rows) > limit else None
    return CallPage(
        items=tuple(record(call, name, path, None) for call, name, path in shown),
        next=cursor_after(last.started_at, last.call_id) if last is not None else None,
    )
