"""The mixes of a node's calls, and what there is to do to come from one to the next. Pure.

Invariants: a call's mix is only followed by a newer one, also after the call is over; a leg is in one mix at most. What is done
is the difference of two whole pictures, so a picture that was missed is made up for by the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from core.commands import MixRecording, SetMix
from core.ids import CallId, LegId, RecordingId

OVER_KEPT = 4096
"""So many calls that are over are remembered: what was said of them late must not begin them anew."""

Pair = tuple[LegId, LegId]
"""Source and listener."""


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """A call's sound at this node."""

    version: int = -1
    hears: Mapping[LegId, frozenset[LegId]] = {}
    sounds: Mapping[LegId, str] = {}
    recordings: Mapping[RecordingId, MixRecording] = {}

    @classmethod
    def of(cls, command: SetMix) -> Mix:
        return cls(
            version=command.version,
            hears={leg: frozenset(sources) for leg, sources in command.hears.items()},
            sounds={leg: file for leg, file in command.sounds.items() if not command.hears.get(leg)},
            recordings={recording.recording_id: recording for recording in command.recordings},
        )

    @property
    def pairs(self) -> frozenset[Pair]:
        return frozenset((source, listener) for listener, sources in self.hears.items() for source in sources)

    @property
    def is_over(self) -> bool:
        return not self.hears and not self.recordings

    def without(self, legs: Iterable[LegId]) -> Mix:
        """The rest, when these legs are elsewhere or nowhere. Recordings go on, and hear them no more, while anybody is left."""
        gone = frozenset(legs)
        hears = {leg: sources - gone for leg, sources in self.hears.items() if leg not in gone}
        return msgspec.structs.replace(
            self,
            hears=hears,
            sounds={leg: file for leg, file in self.sounds.items() if leg not in gone},
            recordings={key: _without(recording, gone) for key, recording in self.recordings.items()} if hears else {},
        )


def _without(recording: MixRecording, gone: frozenset[LegId]) -> MixRecording:
    return msgspec.structs.replace(
        recording,
        left=tuple(leg for leg in recording.left if leg not in gone),
        right=tuple(leg for leg in recording.right if leg not in gone),
    )


class Changes(NamedTuple):
    """What to do, in this order."""

    hush: tuple[LegId, ...]
    """These begin to hear somebody: whatever is played to them ends."""
    part: tuple[Pair, ...]
    join: tuple[Pair, ...]
    sound: tuple[LegId, ...]
    """What these hear, hearing nobody, is another thing than before."""
    begin: tuple[MixRecording, ...]
    go_on: tuple[MixRecording, ...]
    """With other sides."""
    end: tuple[RecordingId, ...]
    come: tuple[LegId, ...]
    leave: tuple[LegId, ...]


def changes(old: Mix, new: Mix) -> Changes:
    """From one picture to the next."""
    known, wanted = old.recordings, new.recordings
    return Changes(
        hush=tuple(leg for leg, sources in new.hears.items() if sources and not old.hears.get(leg)),
        part=tuple(sorted(old.pairs - new.pairs)),
        join=tuple(sorted(new.pairs - old.pairs)),
        sound=tuple(sorted(leg for leg in {*old.sounds, *new.sounds} if old.sounds.get(leg) != new.sounds.get(leg))),
        begin=tuple(recording for key, recording in wanted.items() if key not in known),
        go_on=tuple(recording for key, recording in wanted.items() if known.get(key, recording) != recording),
        end=tuple(key for key in known if key not in wanted),
        come=tuple(leg for leg in new.hears if leg not in old.hears),
        leave=tuple(leg for leg in old.hears if leg not in new.hears),
    )


class Mixes:
    """Owns the newest picture of each call."""

    def __init__(self) -> None:
        self._mixes: dict[CallId, Mix] = {}
        self._over: OrderedDict[CallId, int] = OrderedDict()
        self._call_of: dict[LegId, CallId] = {}

    def of(self, call_id: CallId) -> Mix:
        """Empty for a call without sound."""
        return self._mixes.get(call_id) or Mix(version=self._over.get(call_id, -1))

    def around(self, leg_id: LegId) -> Mix:
        """That of the call in which the leg is."""
        call_id = self._call_of.get(leg_id)
        return self.of(call_id) if call_id is not None else Mix()

    def elsewhere(self, call_id: CallId, legs: Iterable[LegId]) -> dict[CallId, Mix]:
        """The calls that these legs have to leave to come into this one, as they are then."""
        taken: dict[CallId, list[LegId]] = {}
        for leg in legs:
            other = self._call_of.get(leg, call_id)
            if other != call_id:
                taken.setdefault(other, []).append(leg)
        return {other: self.of(other).without(gone) for other, gone in taken.items()}

    def gone(self, is_gone: Callable[[LegId], bool]) -> dict[CallId, list[LegId]]:
        """Legs that are still named and are no more, by call."""
        found: dict[CallId, list[LegId]] = {}
        for leg, call_id in self._call_of.items():
            if is_gone(leg):
                found.setdefault(call_id, []).append(leg)
        return found

    def put(self, call_id: CallId, mix: Mix) -> None:
        for leg in self.of(call_id).hears:
            self._call_of.pop(leg, None)
        self._call_of |= dict.fromkeys(mix.hears, call_id)
        if not mix.is_over:
            self._mixes[call_id] = mix
            return
        self._mixes.pop(call_id, None)
        self._over[call_id] = mix.version
        if len(self._over) > OVER_KEPT:
            self._over.popitem(last=False)
