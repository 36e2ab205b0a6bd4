"""Carries out `SetMix`: brings a call's legs together, plays what whoever hears nobody hears, and has calls recorded.

Invariants: what a leg hears is what the newest mix says, whatever came twice, late or not at all; a mix cuts nothing that is
played, unless the leg begins to hear somebody.
"""

from __future__ import annotations

from collections.abc import Awaitable

import structlog

from core.commands import Answer, SetMix
from core.ids import CallId, LegId, PlaybackId
from core.ports import ok
from telephony import media_engine
from telephony.media_engine import EngineError
from telephony.node.legs import IllegalTransition
from telephony.node.links import Links
from telephony.node.mixes import Mix, Mixes, changes
from telephony.node.prompts import OF_A_MIX, Prompts
from telephony.node.recordings import Recordings
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)


class Mixing:
    """Owns the mixes of this node's calls."""

    def __init__(self, shared: Shared, prompts: Prompts, recordings: Recordings, links: Links) -> None:
        self._shared = shared
        self._links = links
        self._prompts = prompts
        self._recordings = recordings
        self._mixes = Mixes()

    async def set_mix(self, command: SetMix) -> Answer:
        """Answers ``missing``: legs that are neither up nor about to be, without which everything else is done.

        Raises `IllegalTransition`, and nothing is changed, for a picture without sense or a path that leads somewhere else.
        """
        call_id = command.call_id
        if command.version <= self._mixes.of(call_id).version:
            return ok()
        for leg_id, sources in command.hears.items():
            if leg_id in sources or not command.hears.keys() >= set(sources):
                raise IllegalTransition("a leg hears others of the same mix")
        for recording in command.recordings:
            self._prompts.inside(recording.path)
        missing = [leg_id for leg_id in command.hears if not self._shared.legs.can_be_mixed(leg_id)]
        new = Mix.of(command).without(missing)
        for other, rest in self._mixes.elsewhere(call_id, new.hears).items():
            await self._apply(other, rest)
        await self._apply(call_id, new)
        return ok(missing=missing) if missing else ok()

    async def forget_gone(self) -> None:
        """A leg leaves its mix with its end, and a call is over with its last leg, also when nobody says so."""
        for call_id, gone in self._mixes.gone(lambda leg_id: self._shared.legs.find(leg_id) is None).items():
            await self._apply(call_id, self._mixes.of(call_id).without(gone))

    async def _apply(self, call_id: CallId, new: Mix) -> None:
        todo = changes(self._mixes.of(call_id), new)
        self._mixes.put(call_id, new)
        for leg_id in todo.leave:
            self._shared.legs.leave(leg_id, call_id)
        for leg_id in todo.come:
            self._shared.legs.enter(leg_id, call_id)
        for leg_id in todo.hush:
            await self._if_there(self._prompts.stop(leg_id))
        if todo.part or todo.join:
            await self._shared.engine.rewire(part=todo.part, join=todo.join)
            log.info("call mixed", call_id=call_id, version=new.version, legs=len(new.hears))
        for leg_id in todo.sound:
            await self._sound(leg_id, changed=True)
        for recording_id in todo.end:
            await self._if_there(self._recordings.end(recording_id))
        for recording in todo.go_on:
            await self._if_there(self._recordings.go_on(recording))
        for recording in todo.begin:
            await self._recordings.begin(call_id, recording)
        for leg_id in todo.leave:
            await self._links.close(leg_id)

    async def _if_there(self, work: Awaitable[None]) -> None:
        """What has ended in the meantime needs nothing done any more."""
        try:
            await work
        except EngineError as error:
            log.info("something of a mix has ended meanwhile", code=error.code, reason=error)

    # ── what whoever hears nobody hears ─────────────────────────────────────────────────────────────────────────

    def finished(self, event: media_engine.PlaybackFinished) -> bool:
        """What the engine reports. True when it was a mix's sound, of which nobody is told; a prompt's end lets it go on."""
        leg_id = LegId(event.port_id)
        leg = self._shared.legs.find(leg_id)
        if not event.playback_id.startswith(OF_A_MIX):
            if leg is not None and self._mixes.around(leg_id).sounds.get(leg_id) is not None:
                self._shared.begin(self._sound(leg_id), f"sound-{leg_id}")
            return False
        if leg is not None and leg.playback_id == event.playback_id:
            self._shared.legs.note(leg_id, playback_id=None)
        return True

    async def _sound(self, leg_id: LegId, *, changed: bool = False) -> None:
        """Begins or ends what the mix wants for this leg, unless something else is played to it: its end does it then."""
        leg = self._shared.legs.find(leg_id)
        playing = leg.playback_id if leg is not None else None
        if leg is None or (playing is not None and not playing.startswith(OF_A_MIX)):
            return
        mix = self._mixes.around(leg_id)
        wanted = mix.sounds.get(leg_id)
        if wanted is None:
            if playing is not None:
                await self._if_there(self._prompts.stop(leg_id))
        elif changed or playing is None:
            playback_id = PlaybackId(f"{OF_A_MIX}{mix.version}_{leg_id}")
            try:
                await self._prompts.start(leg_id, playback_id, (wanted,), loop=True)
            except (EngineError, IllegalTransition) as error:
                log.error("what a mix wants cannot be played", leg_id=leg_id, reason=error)
