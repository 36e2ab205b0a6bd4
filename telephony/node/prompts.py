"""What is played to legs. Invariants: a file named in a command lies inside the data directory; what is asked for twice with the
same id plays once; every prompt's end is told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.commands import Answer, PlayPrompt, StopPlayback
from core.events import PlaybackFinished
from core.ids import LegId, PlaybackId
from core.ports import ok, refused
from telephony import media_engine
from telephony.media_engine import EngineError
from telephony.node.legs import IllegalTransition
from telephony.node.shared import Shared


class Prompts:
    """Commands may raise `IllegalTransition` or `EngineError`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def play(self, command: PlayPrompt) -> Answer:
        leg = self._shared.legs.require_up(command.leg_id)
        if leg.playback_id == command.playback_id:
            return ok()
        if not command.files:
            return refused("a prompt needs at least one file")
        await self.start(leg.leg_id, command.playback_id, command.files, loop=command.loop)
        return ok()

    async def start(self, leg_id: LegId, playback_id: PlaybackId, files: Sequence[str], *, loop: bool) -> None:
        """Replaces what plays. Raises `LegOver`, `IllegalTransition`, `EngineError`; the old playback goes on then."""
        before = self._shared.legs.get(leg_id).playback_id
        paths = [self.inside(file) for file in files]
        # Noted first: the engine may report the end of what this one replaces before `play` returns.
        self._shared.legs.note(leg_id, playback_id=playback_id)
        try:
            await self._shared.engine.play(leg_id, playback_id, paths, loop=loop)
        except EngineError:
            if self._shared.legs.find(leg_id) is not None:
                self._shared.legs.note(leg_id, playback_id=before)
            raise

    async def stop_playback(self, command: StopPlayback) -> Answer:
        await self.stop(command.leg_id)
        return ok()

    async def stop(self, leg_id: LegId) -> None:
        """A leg that is gone plays nothing."""
        if self._shared.legs.find(leg_id) is not None:
            await self._shared.engine.stop_playback(leg_id)

    def inside(self, file: str) -> Path:
        """The file's path, which must lie in the data directory. Raises `IllegalTransition`."""
        root = self._shared.config.data_dir.resolve()
        path = (root / file).resolve()
        if not path.is_relative_to(root):
            raise IllegalTransition("the path leads out of the data directory")
        return path

    def finished(self, event: media_engine.PlaybackFinished) -> None:
        """What the engine reports: nothing plays there any more, unless something else does by now."""
        leg_id, playback_id = LegId(event.port_id), PlaybackId(event.playback_id)
        leg = self._shared.legs.find(leg_id)
        if leg is not None and leg.playback_id == playback_id:
            self._shared.legs.note(leg_id, playback_id=None)
        call_id = leg.call_id if leg is not None else None
        self._shared.outbox.put(
            PlaybackFinished(at=event.at, leg_id=leg_id, call_id=call_id, playback_id=playback_id, outcome=event.outcome.value)
        )
