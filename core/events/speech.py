"""What recognizers tell."""

from __future__ import annotations

from core.events.event import Event
from core.ids import CallId, LegId, StreamId, WorkerId
from core.model import Speaker, Word
from core.ranges import Count, Instant, Measure, Milliseconds, Name, Size, Text


class AsrWorkerHeartbeat(Event, frozen=True, kw_only=True):
    worker_id: WorkerId
    model: Name | None
    """Language of the loaded model, or None: nothing is transcribed."""
    streams: Count
    load: Measure
    """0…1: share of the decoding budget in use."""
    shedding: Name = "none"
    """``none``, ``rare_partials``, ``defer_agent``, ``no_new``."""
    dropped_packets: Size = 0
    """Refused (malformed, from strangers) or thrown away (the cores could not follow) since the start."""
    lost_packets: Size = 0
    """Never came, by their sequence numbers, since the start."""
    started_at: Instant = 0.0
    """A later one from the same worker: its process was started anew, and the streams it had are gone."""


class AsrWorkerLost(Event, frozen=True, kw_only=True):
    """No heartbeat for too long: its streams need another recognizer."""

    worker_id: WorkerId


class TranscriptPartial(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    speaker: Speaker
    utterance: Count
    """Counts up within the stream; the final of the same number replaces its partials."""
    text: Text
    start_ms: Milliseconds


class TranscriptFinal(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    speaker: Speaker
    utterance: Count
    text: Text
    start_ms: Milliseconds
    """From the moment the call was connected."""
    end_ms: Milliseconds
    words: tuple[Word, ...] = ()
    late: bool = False
    """Decoded from the recording after the call."""


class SpeechHeard(Event, frozen=True, kw_only=True):
    """A phrase-list recognizer heard a choice (or something outside its list: `phrase` empty)."""

    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    phrase: Name
    confidence: Measure


class TranscriptionFailed(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    reason: Text


class TranscriptionDeferred(Event, frozen=True, kw_only=True):
    """The recognizers are full: from `from_ms` on this leg is not decoded live, and shall be decoded from the recording
    after the call (`TranscribeRecording`)."""

    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    speaker: Speaker
    from_ms: Milliseconds
    """From the beginning of the call's recording; 0 when it was never decoded."""
    until_ms: Milliseconds | None = None
    """Decoded live again from here on; None: not again."""
    reason: Text
    language: Name = "en"
