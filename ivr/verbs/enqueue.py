"""`enqueue`: wait for an agent with music and announcements; the wait ends with an agent, a limit, or a refusal.

::

    (say) ─▶ MUSIC ⇄ ANNOUNCING          every_s: place in line, expected wait
                │
            CONNECTING                    an agent accepted: call control is connecting, so nothing new is played
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

import msgspec

from core.ids import QueueId, SkillId
from core.model import SkillRequirement, Value
from core.problems import Complaint, Where
from ivr.actions import Enqueue as EnqueueAction
from ivr.actions import Play, Prompt, SoundFile, SpokenText
from ivr.flow import Ear, Exit, Step, longest_s, prompts
from ivr.inputs import AgentAccepted, EnqueueRefused, Input, PlaybackDone, QueuePosition, WaitEnded
from ivr.text import Text, filled, in_language, variables_in
from ivr.turns import Go, Scene, Stay, Wish
from ivr.words import every_piece, place_words, wait_words

CONNECT_LIMIT_S = 45.0
"""Call control gives an agent's lost browser 30 s to return; when nothing came of the offer by then, the music goes on."""


class Phase(StrEnum):
    MUSIC = "music"
    ANNOUNCING = "announcing"
    CONNECTING = "connecting"


class EnqueueMemory(Value, frozen=True, tag="enqueue"):
    phase: Phase
    give_up_at: float
    announce_at: float
    """When the next announcement is due."""
    phase_ends_at: float
    """When an announcement, or the connecting, must be over at the latest."""
    position: int | None = None
    expected_wait_s: float | None = None


class SkillNeed(Value, frozen=True):
    """A skill that the agent must have, beyond those of the queue."""

    skill: str
    level: int = 1


class Waiting(Value, frozen=True):
    """What the caller hears while waiting."""

    music: Text = "prompts/music/hold.wav"
    """A WAV file, relative to the data directory; played again and again."""
    announce: tuple[Literal["position", "expected_wait"], ...] = ("position", "expected_wait")
    text: Text | None = None
    """Said at the end of every announcement."""
    first_after_s: float = 8.0
    every_s: float = 30.0


class Enqueue(Step, frozen=True, kw_only=True, tag="enqueue"):
    """Lets the caller wait for an agent."""

    ear = Ear.IGNORES

    queue: str
    too_long: str
    """Where to go when nobody was free in `max_wait_s`."""
    failed: str
    """Where to go when the queue cannot take the call."""
    skills: tuple[SkillNeed, ...] = ()
    priority: int | float | str = 0
    """Added to the queue's priority; may use variables."""
    say: Text | None = None
    """Said once, while already waiting."""
    waiting: Waiting = Waiting()
    max_wait_s: float = 900.0

    def enter(self, scene: Scene) -> Stay:
        memory = EnqueueMemory(
            phase=Phase.MUSIC,
            give_up_at=scene.now + self.max_wait_s,
            announce_at=scene.now + self.waiting.first_after_s,
            phase_ends_at=scene.now,
        )
        return self._begin(memory, scene, prompts(self.say, None, scene))

    def resume(self, memory: object, scene: Scene) -> Stay:
        """The place in the queue is kept; the music goes on."""
        return self._begin(memory, scene, ()) if isinstance(memory, EnqueueMemory) else self.enter(scene)

    def hear(self, memory: object, heard: Input, scene: Scene) -> Stay | Go | None:
        assert isinstance(memory, EnqueueMemory)
        match heard:
            case PlaybackDone() if memory.phase is Phase.ANNOUNCING:
                return self._music(memory, scene)
            case QueuePosition(position=position, expected_wait_s=expected):
                return self._stay(_changed(memory, position=position, expected_wait_s=expected))
            case EnqueueRefused(reason=reason):
                return Go(to=self.failed, why=f"the queue did not take the call: {reason}")
            case WaitEnded(cause=cause):
                return Go(to=self.too_long, why=f"the wait ended without an agent ({cause})")
            case AgentAccepted():
                connecting = _changed(memory, phase=Phase.CONNECTING, phase_ends_at=scene.now + CONNECT_LIMIT_S)
                return self._stay(connecting)
            case _:
                return None

    def due(self, memory: object, scene: Scene) -> Stay | Go:
        assert isinstance(memory, EnqueueMemory)
        if memory.phase is not Phase.CONNECTING and scene.now >= memory.give_up_at:
            return Go(to=self.too_long, why=f"nobody was free in {self.max_wait_s:g} s")
        if memory.phase is Phase.MUSIC:
            words = self._announcement(memory, scene)
            if words:
                return self._announce(memory, scene, words)
        return self._music(memory, scene)

    def _begin(self, memory: EnqueueMemory, scene: Scene, words: tuple[Prompt, ...]) -> Stay:
        wish = EnqueueAction(
            queue_id=QueueId(self.queue),
            requirements=tuple(SkillRequirement(skill=SkillId(need.skill), level=need.level) for need in self.skills),
            priority=self._priority(scene),
        )
        return self._announce(memory, scene, words, wish) if words else self._music(memory, scene, wish)

    def _priority(self, scene: Scene) -> float:
        """A text that is no number after filling in counts as 0: a flow must not fail over a fact that is missing."""
        try:
            return float(filled(str(self.priority), scene.variables))
        except ValueError:
            return 0.0

    def _announcement(self, memory: EnqueueMemory, scene: Scene) -> tuple[Prompt, ...]:
        words: tuple[Prompt, ...] = ()
        if "position" in self.waiting.announce and memory.position is not None:
            words += place_words(memory.position, scene.language)
        if "expected_wait" in self.waiting.announce and memory.expected_wait_s is not None:
            words += wait_words(memory.expected_wait_s, scene.language)
        return words + prompts(self.waiting.text, None, scene)

    def _announce(self, memory: EnqueueMemory, scene: Scene, words: tuple[Prompt, ...], *first: Wish) -> Stay:
        ends_at = scene.now + longest_s(words)
        memory = _changed(memory, phase=Phase.ANNOUNCING, phase_ends_at=ends_at)
        return self._stay(memory, *first, Play(prompts=words))

    def _music(self, memory: EnqueueMemory, scene: Scene, *first: Wish) -> Stay:
        """The music goes on; the next announcement is `every_s` after the end of the last."""
        announce_at = memory.announce_at if memory.announce_at > scene.now else scene.now + self.waiting.every_s
        memory = _changed(memory, phase=Phase.MUSIC, announce_at=announce_at)
        file = in_language(self.waiting.music, scene.language)
        return self._stay(memory, *first, Play(prompts=(SoundFile(file=file),), loop=True))

    def _stay(self, memory: EnqueueMemory, *wishes: Wish) -> Stay:
        match memory.phase:
            case Phase.MUSIC:
                deadline = min(memory.announce_at, memory.give_up_at)
            case Phase.ANNOUNCING:
                deadline = min(memory.phase_ends_at, memory.give_up_at)
            case Phase.CONNECTING:
                deadline = memory.phase_ends_at
        return Stay(memory=memory, deadline=deadline, wishes=wishes)

    def exits(self) -> Iterator[Exit]:
        # Waiting long is the caller's choice, made anew each second: only a refusal can loop without anybody.
        yield Exit("too long", self.too_long, ("too_long",), silent=False)
        yield Exit("failed", self.failed, ("failed",))

    def texts(self) -> Iterator[tuple[Where, Text]]:
        if self.say is not None:
            yield ("say",), self.say
        if self.waiting.text is not None:
            yield ("waiting", "text"), self.waiting.text

    def standard_pieces(self, language: str) -> Iterator[SpokenText]:
        return every_piece(language) if self.waiting.announce else iter(())

    def reads(self) -> Iterator[tuple[Where, str]]:
        for name in sorted(variables_in(str(self.priority))):
            yield ("priority",), name

    def complaints(self) -> Iterator[Complaint]:
        if self.max_wait_s <= 0:
            yield Complaint(("max_wait_s",), "`max_wait_s` must be more than 0")
        if self.waiting.every_s < 5 or self.waiting.first_after_s < 1:
            yield Complaint(("waiting",), "announcements need time: `every_s` at least 5, `first_after_s` at least 1")
        for index, need in enumerate(self.skills):
            if not 1 <= need.level <= 5:
                yield Complaint(("skills", index, "level"), f"a skill's level is 1 to 5, not {need.level}")
        if isinstance(self.priority, str) and not variables_in(self.priority):
            yield Complaint(("priority",), f"`priority` must be a number or use a variable, not “{self.priority}”")


def _changed(memory: EnqueueMemory, **changes: object) -> EnqueueMemory:
    return msgspec.structs.replace(memory, **changes)
