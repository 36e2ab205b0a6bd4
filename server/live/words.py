"""What both sides of each call have said so far, as screens show it. Pure.

Invariant: an utterance is kept once, and its final is never replaced by a partial that was on its way.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.events import TranscriptFinal, TranscriptPartial
from core.ids import CallId, LegId
from customers.model import Segment

_Key = tuple[LegId, int]
"""Leg and number of an utterance."""


class Words:
    """Owns the utterances of the calls on the board."""

    def __init__(self) -> None:
        self._said: dict[CallId, dict[_Key, Segment]] = {}

    def of(self, call_id: CallId) -> tuple[Segment, ...]:
        return tuple(self._said.get(call_id, {}).values())

    def restore(self, call_id: CallId, segments: Iterable[Segment]) -> None:
        self._said[call_id] = {(segment.leg_id, segment.utterance): segment for segment in segments}

    def forget(self, call_id: CallId) -> None:
        self._said.pop(call_id, None)

    def heard(self, event: TranscriptPartial | TranscriptFinal) -> Segment | None:
        """The utterance as it is now; None when a final has already said it."""
        said = self._said.setdefault(event.call_id, {})
        key = (event.leg_id, event.utterance)
        known = said.get(key)
        if isinstance(event, TranscriptPartial) and known is not None and known.final and known.start_ms >= event.start_ms:
            return None
        said[key] = _final(event) if isinstance(event, TranscriptFinal) else _partial(event)
        return said[key]


def _partial(event: TranscriptPartial) -> Segment:
    return Segment(
        call_id=event.call_id,
        leg_id=event.leg_id,
        utterance=event.utterance,
        speaker=event.speaker,
        text=event.text,
        start_ms=event.start_ms,
        end_ms=event.start_ms,
        at=event.at,
        final=False,
    )


def _final(event: TranscriptFinal) -> Segment:
    return Segment(
        call_id=event.call_id,
        leg_id=event.leg_id,
        utterance=event.utterance,
        speaker=event.speaker,
        text=event.text,
        start_ms=event.start_ms,
        end_ms=event.end_ms,
        at=event.at,
        late=event.late,
        words=event.words,
    )
