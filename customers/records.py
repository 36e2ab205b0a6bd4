"""The record of a call: what was said in the order it was said, and the entity that the history shows."""

from __future__ import annotations

from core.events import TranscriptFinal
from customers.identity import storable_text
from customers.model import Call, CallPage, CallRecord, Segment, Step, StoredSegment
from customers.timeline import cursor_after


def segment_of(event: TranscriptFinal) -> StoredSegment:
    segment = Segment(
        call_id=event.call_id,
        leg_id=event.leg_id,
        utterance=event.utterance,
        speaker=event.speaker,
        text=storable_text(event.text),
        start_ms=event.start_ms,
        end_ms=event.end_ms,
        at=event.at,
        late=event.late,
        words=event.words,
    )
    return StoredSegment(stream_id=event.stream_id, segment=segment)


def in_order(stored: tuple[StoredSegment, ...], connected_at: float | None) -> tuple[Segment, ...]:
    """By the moment each utterance began.

    A live final comes right after its last word, so its beginning is its time less its length, also when a leg was replaced
    and the new stream counts from zero. A late one comes from the recording, which began when the call was connected.
    """

    def began(segment: Segment) -> float:
        if segment.late and connected_at is not None:
            return connected_at + segment.start_ms / 1000
        return segment.at - (segment.end_ms - segment.start_ms) / 1000

    return tuple(sorted((each.segment for each in stored), key=lambda segment: (began(segment), segment.utterance)))


def record(call: Call, customer_name: str, path: tuple[Step, ...], segments: tuple[Segment, ...] | None) -> CallRecord:
    return CallRecord(
        call_id=call.call_id,
        customer_id=call.customer_id,
        customer_name=customer_name,
        caller=call.identifier.value if call.identifier is not None else call.caller,
        called=call.called,
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
    )


def page(rows: tuple[tuple[Call, str, tuple[Step, ...]], ...], limit: int) -> CallPage:
    """A page from up to `limit` + 1 rows."""
    shown = rows[:limit]
    last = shown[-1][0] if len(rows) > limit else None
    return CallPage(
        items=tuple(record(call, name, path, None) for call, name, path in shown),
        next=cursor_after(last.started_at, last.call_id) if last is not None else None,
    )
