"""What is played to legs. Invariants: a file named in a command lies inside the data directory; what is asked for twice with the
same id plays once; every prompt's end is told once; no command waits for what has to be fetched first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog

from core.commands import Answer, PlayPrompt, StopPlayback
from core.events import PlaybackFinished
from core.files import BadName
from core.ids import LegId, PlaybackId
from core.ports import Unavailable, ok, refused
from telephony import media_engine
from telephony.media_engine import EngineError, PlaybackOutcome
from telephony.node.legs import IllegalTransition
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)

OF_A_MIX = "play_mix_"
"""How the ids of what a mix plays begin. Nobody is told of their end."""


class Sounds(Protocol):
    """Where the files are that commands name."""

    def local(self, file: str) -> Path | None:
        """None: it has to be fetched. Raises `BadName`."""
        ...

    async def fetch(self, file: str) -> Path:
        """Raises `Unavailable`."""
        ...


class Directory:
    """`Sounds` of a node whose data directory has them all."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir.resolve()

    def local(self, file: str) -> Path:
        path = (self._root / file).resolve()
        if not path.is_relative_to(self._root):
            raise BadName("the path leads out of the data directory")
        return path

    async def fetch(self, file: str) -> Path:
        return self.local(file)


class Prompts:
    """Commands may raise `IllegalTransition` or `EngineError`."""

    def __init__(self, shared: Shared, sounds: Sounds) -> None:
        self._shared = shared
        self._sounds = sounds
        self._directory = Directory(shared.config.data_dir)
        self._fetched: dict[LegId, PlaybackId] = {}
        """What is played as soon as it is here."""

    async def play(self, command: PlayPrompt) -> Answer:
        leg = self._shared.legs.require_up(command.leg_id)
        if command.playback_id in (leg.playback_id, leg.asked_to_play):
            return ok()
        if not command.files:
            return refused("a prompt needs at least one file")
        await self.start(leg.leg_id, command.playback_id, command.files, loop=command.loop)
        if self._shared.legs.find(leg.leg_id) is not None:
            self._shared.legs.note(leg.leg_id, asked_to_play=command.playback_id)
        return ok()

    async def start(self, leg_id: LegId, playback_id: PlaybackId, files: Sequence[str], *, loop: bool) -> None:
        """Replaces what plays. Raises `LegOver`, `IllegalTransition`, `EngineError`; the old playback goes on then."""
        before = self._shared.legs.get(leg_id).playback_id
        try:
            paths = [self._sounds.local(file) for file in files]
        except BadName as error:
            raise IllegalTransition(str(error)) from error
        self._drop_fetched(leg_id)
        # Noted first: the engine may report the end of what this one replaces before `play` returns.
        self._shared.legs.note(leg_id, playback_id=playback_id)
        here = [path for path in paths if path is not None]
        if len(here) < len(paths):
            self._fetched[leg_id] = playback_id
            self._shared.begin(self._play_when_here(leg_id, playback_id, files, loop), f"fetch {playback_id}")
            return
        try:
            await self._shared.engine.play(leg_id, playback_id, here, loop=loop)
        except EngineError:
            if self._shared.legs.find(leg_id) is not None:
                self._shared.legs.note(leg_id, playback_id=before)
            raise

    async def _play_when_here(self, leg_id: LegId, playback_id: PlaybackId, files: Sequence[str], loop: bool) -> None:
        """Unless the leg has gone by then, or plays something else. What cannot be had is replaced by what every node has."""
        paths = []
        for file in files:
            try:
                paths.append(self._sounds.local(file) or await self._sounds.fetch(file))
            except Unavailable as error:
                log.error("a sound cannot be fetched", leg_id=leg_id, path=file, reason=error)
        if self._fetched.get(leg_id) != playback_id:
            return
        del self._fetched[leg_id]
        if self._shared.legs.find(leg_id) is None:
            return
        config = self._shared.config
        try:
            instead = self._directory.local(config.music if loop else config.missing_prompt)
            await self._shared.engine.play(leg_id, playback_id, paths or [instead], loop=loop)
        except EngineError as error:
            log.error("a sound cannot be played", leg_id=leg_id, reason=error)
            self._over(leg_id, playback_id, "failed")

    async def stop_playback(self, command: StopPlayback) -> Answer:
        await self.stop(command.leg_id)
        return ok()

    async def stop(self, leg_id: LegId) -> None:
        """A leg that is gone plays nothing."""
        self._drop_fetched(leg_id)
        if self._shared.legs.find(leg_id) is not None:
            await self._shared.engine.stop_playback(leg_id)

    def _drop_fetched(self, leg_id: LegId) -> None:
        """What is not here yet is not played any more."""
        playback_id = self._fetched.pop(leg_id, None)
        if playback_id is not None:
            self._over(leg_id, playback_id, PlaybackOutcome.STOPPED.value)

    def inside(self, file: str) -> Path:
        """The file's path, which must lie in the data directory. Raises `IllegalTransition`."""
        try:
            return self._directory.local(file)
        except BadName as error:
            raise IllegalTransition(str(error)) from error

    def finished(self, event: media_engine.PlaybackFinished) -> None:
        """What the engine reports: nothing plays there any more, unless something else does by now."""
        self._over(LegId(event.port_id), PlaybackId(event.playback_id), event.outcome.value, event.at)

    def _over(self, leg_id: LegId, playback_id: PlaybackId, outcome: str, at: float | None = None) -> None:
        leg = self._shared.legs.find(leg_id)
        if leg is not None and leg.playback_id == playback_id:
            self._shared.legs.note(leg_id, playback_id=None)
        if playback_id.startswith(OF_A_MIX):
            return
        call_id = leg.call_id if leg is not None else None
        at = self._shared.clock.now() if at is None else at
        self._shared.outbox.put(PlaybackFinished(at=at, leg_id=leg_id, call_id=call_id, playback_id=playback_id, outcome=outcome))
