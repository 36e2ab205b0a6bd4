"""Rows to values and back: the only place that knows both shapes."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from core.ids import AgentId, CallId, CustomerId, FlowId, InteractionId, LegId, QueueId, StreamId, WorkId
from core.model import Channel, LegKind, Speaker, Word
from customers.engagements import Engagement
from customers.identity import CONFIDENCE
from customers.model import (
    Call,
    Fact,
    Identifier,
    IdentifierKind,
    Interaction,
    Profile,
    Proof,
    Provenance,
    Segment,
    Status,
    Step,
    StoredSegment,
)
from customers.search_numbers import reversed_digits

AnyRow = Row[*tuple[Any, ...]]
"""Columns are reached by name."""


def identifier(row: AnyRow) -> Identifier:
    return Identifier(
        kind=IdentifierKind(row.kind),
        value=row.value,
        provenance=Provenance(row.provenance),
        confidence=row.confidence,
        shared=row.shared,
    )


def profile(row: AnyRow, identifiers: tuple[Identifier, ...]) -> Profile:
    return Profile(
        customer_id=CustomerId(row.customer_id),
        name=row.name,
        tags=tuple(row.tags),
        vip=row.vip,
        location=row.location,
        local_time_zone=row.local_time_zone,
        since=row.since,
        language=row.language,
        identifiers=identifiers,
        version=row.version,
    )


def customer_row(value: Profile) -> dict[str, Any]:
    return {
        "customer_id": value.customer_id,
        "name": value.name,
        "name_key": value.name.casefold(),
        "tags": list(value.tags),
        "vip": value.vip,
        "location": value.location,
        "local_time_zone": value.local_time_zone,
        "since": value.since,
        "language": value.language,
    }


def identifier_rows(value: Profile) -> list[dict[str, Any]]:
    return [
        {
            "kind": str(edge.kind),
            "value": edge.value,
            "customer_id": value.customer_id,
            "provenance": str(edge.provenance),
            "confidence": edge.confidence,
            "shared": edge.shared,
            "backwards": reversed_digits(edge.value) if edge.kind is IdentifierKind.PHONE else "",
        }
        for edge in value.identifiers
    ]


def fact(row: AnyRow) -> Fact:
    return Fact(text=row.text, source=row.source, at=row.at, suggestion=row.suggestion)


def interaction(row: AnyRow) -> Interaction:
    return Interaction(
        interaction_id=InteractionId(row.interaction_id),
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        channel=Channel(row.channel),
        at=row.at,
        title=row.title,
        text=row.text,
        status=Status(row.status),
        by=row.by,
        by_before=tuple(row.by_before or ()),
        call_id=None if row.call_id is None else CallId(row.call_id),
        ticket_number=row.ticket_number,
        duration_s=row.duration_s,
        waited_s=row.waited_s,
        answered_at=row.answered_at,
        due_at=row.due_at,
        last_activity_at=row.last_activity_at,
        last_from=row.last_from,
        waiting_since=row.waiting_since,
        priority=row.priority,
        identifier_kind=row.identifier_kind,
        identifier_value=row.identifier_value,
        filed_by=row.filed_by,
        filed_at=row.filed_at,
        filed_how=row.filed_how,
        has_recording=row.has_recording,
        has_transcript=row.has_transcript,
    )


def interaction_row(value: Interaction) -> dict[str, Any]:
    row = msgspec.structs.asdict(value)
    return {
        **row,
        "channel": str(value.channel),
        "status": str(value.status),
        "filed_how": str(value.filed_how),
        "by_before": list(value.by_before) or None,
        "last_activity_at": value.active_at,
    }


def call(row: AnyRow, has_transcript: bool, engagements: tuple[Engagement, ...]) -> Call:
    return Call(
        call_id=CallId(row.call_id),
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        interaction_id=InteractionId(row.interaction_id),
        kind=LegKind(row.kind),
        caller=row.caller,
        identifier=_caller(row),
        withheld=row.withheld,
        proof=None if row.proof is None else Proof(row.proof),
        decided_by=row.decided_by,
        diverted_from=row.diverted_from,
        called=row.called,
        display_name=row.display_name,
        flow_id=None if row.flow_id is None else FlowId(row.flow_id),
        language=row.language,
        started_at=row.started_at,
        work_id=None if row.work_id is None else WorkId(row.work_id),
        queue_id=None if row.queue_id is None else QueueId(row.queue_id),
        queue_name=row.queue_name,
        waiting_since=row.waiting_since,
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
        agent_name=row.agent_name,
        connected_at=row.connected_at,
        waited_s=row.waited_s,
        ended_at=row.ended_at,
        cause=row.cause,
        recording_path=row.recording_path,
        recording_ms=row.recording_ms,
        disposition=row.disposition,
        summary=row.summary,
        has_transcript=has_transcript,
        engagements=engagements,
    )


def _caller(row: AnyRow) -> Identifier | None:
    if row.identifier_kind is None:
        return None
    provenance = Provenance(row.identifier_provenance)
    return Identifier(
        kind=IdentifierKind(row.identifier_kind),
        value=row.identifier_value,
        provenance=provenance,
        confidence=CONFIDENCE[provenance],
    )


def call_row(value: Call) -> dict[str, Any]:
    row = msgspec.structs.asdict(value)
    del row["identifier"], row["has_transcript"], row["engagements"]
    caller = value.identifier
    return {
        **row,
        "kind": str(value.kind),
        "proof": None if value.proof is None else str(value.proof),
        "identifier_kind": None if caller is None else str(caller.kind),
        "identifier_value": None if caller is None else caller.value,
        "identifier_provenance": None if caller is None else str(caller.provenance),
    }


def step(row: AnyRow) -> Step:
    return Step(at=row.at, step=row.step, verb=row.verb, detail=row.detail)


def segment(row: AnyRow) -> StoredSegment:
    try:
        words = msgspec.convert(row.words, tuple[Word, ...])
    except msgspec.ValidationError:  # of a release that kept what is out of range: the sentence is worth showing without
        words = ()
    value = Segment(
        call_id=CallId(row.call_id),
        leg_id=LegId(row.leg_id),
        utterance=row.utterance,
        speaker=Speaker(row.speaker),
        text=row.text,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        at=row.at,
        late=row.late,
        words=words,
    )
    return StoredSegment(stream_id=StreamId(row.stream_id), segment=value)


def segment_row(stored: StoredSegment) -> dict[str, Any]:
    value = stored.segment
    return {
        "call_id": value.call_id,
        "stream_id": stored.stream_id,
        "utterance": value.utterance,
        "leg_id": value.leg_id,
        "speaker": str(value.speaker),
        "text": value.text,
        "start_ms": value.start_ms,
        "end_ms": value.end_ms,
        "at": value.at,
        "late": value.late,
        "words": msgspec.to_builtins(value.words),
    }
