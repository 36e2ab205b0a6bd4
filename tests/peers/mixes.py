"""Mixes as tests say them."""

from __future__ import annotations

from core.commands import MixRecording, SetMix
from core.ids import CallId, LegId, RecordingId


def talk(call_id: CallId, *legs: LegId, version: int = 1, recordings: tuple[MixRecording, ...] = ()) -> SetMix:
    """All of these hear each other."""
    hears = {leg: tuple(sorted(set(legs) - {leg})) for leg in legs}
    return SetMix(call_id=call_id, version=version, hears=hears, recordings=recordings)


def recorded(name: str, path: str, left: LegId, *right: LegId) -> MixRecording:
    return MixRecording(recording_id=RecordingId(name), path=path, left=(left,), right=right)


def alone(call_id: CallId, *legs: LegId, version: int, sounds: dict[LegId, str] | None = None) -> SetMix:
    """Nobody hears anybody."""
    return SetMix(call_id=call_id, version=version, hears=dict.fromkeys(legs, ()), sounds=sounds or {})
