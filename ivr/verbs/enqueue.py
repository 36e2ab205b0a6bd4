"""`enqueue`: wait for an agent with music and announcements; the wait ends with an agent, a limit, or a refusal.

::

    (say) ─▶ MUSIC ⇄ ANNOUNCING          every_s: place in line, expected wait, and perhaps the offer to call back
                │  ⇅
                │ CALLBACK                the caller wants it: confirmed, asked for, said goodbye (`callback_offer.py`)
                │
            CONNECTING                    an agent accepted: call control is connecting, so nothing new is played
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

import msgspec

from core.causes import EndCause
from core.ids import QueueId, SkillId
from core.model import SkillRequirement, Value
from core.problems import Complaint, Where
from core.ranges import LARGEST_POINTS
from ivr.actions import Enqueue as EnqueueAction
from ivr.actions import Play, Prompt, RequestCallback, SoundFile, SpokenText
from ivr.flow import Exit, InputMode, Step, longest_s, prompts
from ivr.inputs import (
    AgentAccepted,
    CallbackRefused,
    CallbackTaken,
    Digit,
    EnqueueRefused,
    Input,
    PlaceLost,
    PlaybackDone,
    QueuePosition,
    WaitEnded,
)
from ivr.mistakes import FlowMistake
from ivr.names import QueueName, SkillName, SoundFiles, StepName
from ivr.quantities import Seconds
from ivr.results import Context, End, Go, Request, Stay
from ivr.text import Text, filled, in_language, variables_in
from ivr.verbs.callback_offer import CallbackOffer, OfferState
from ivr.words import every_piece, interruption_words, place_words, transfer_words, wait_words

CONNECT_LIMIT_S = 45.0
"""Call control gives an agent's lost browser 30 s to return; when nothing came of the offer by then, the music goes on."""


class Phase(StrEnum):
    MUSIC = "music"
    ANNOUNCING = "announcing"
    CALLBACK = "callback"
    CONNECTING = "connecting"


class EnqueueMemory(Value, frozen=True, tag="enqueue"):
    phase: Phase
    give_up_at: float
    announce_at: float
    """When the next announcement is due."""
    phase_ends_at: float
    """When an announcement, a question about the callback, or the connecting must be over at the latest."""
    position: int | None = None
    expected_wait_s: float | None = None
    offer: OfferState = OfferState.NONE


class SkillNeed(Value, frozen=True):
    """A skill that the agent must have, beyond those of the queue."""

    skill: SkillName
    level: int = 1


class Waiting(Value, frozen=True):
    """What the caller hears while waiting."""

    music: SoundFiles = "prompts/music/hold.wav"
    """A WAV file, relative to the data directory; played again and again."""
    announce: tuple[Literal["position", "expected_wait"], ...] = ("position", "expected_wait")
    text: Text | None = None
    """Said at the end of every announcement."""
    first_after_s: Seconds = 8.0
    every_s: Seconds = 30.0


class Enqueue(Step, frozen=True, kw_only=True, tag="enqueue"):
    """Lets the caller wait for an agent."""

    input_mode = InputMode.IGNORES

    queue: QueueName
    too_long: StepName
    """Where to go when nobody was free in `max_wait_s`."""
    failed: StepName
    """Where to go when the queue cannot take the call."""
    closed: StepName | None = None
    """Where to go when the queue's opening hours say closed; `failed` when not given."""
    skills: tuple[SkillNeed, ...] = ()
    priority: int | float | str = 0
    """Added to the queue's priority; may use variables."""
    say: Text | None = None
    """Said once, while already waiting."""
    waiting: Waiting = Waiting()
    callback: CallbackOffer | None = None
    """Offers to those who wait to be called back at their turn."""
    max_wait_s: Seconds = 900.0

    def enter(self, context: Context) -> Stay:
        return self._begin(self._wait_anew(context), context, prompts(self.say, None, context))

    def enter_again(self, context: Context, *, transferred: bool) -> Stay:
        """An agent left in mid-conversation. The place is kept: asking for it again changes nothing."""
        words = transfer_words(context.language) if transferred else interruption_words(context.language)
        return self._begin(self._wait_anew(context), context, words)

    def _wait_anew(self, context: Context) -> EnqueueMemory:
        return EnqueueMemory(
            phase=Phase.MUSIC,
            give_up_at=context.now + self.max_wait_s,
            announce_at=context.now + self.waiting.first_after_s,
            phase_ends_at=context.now,
        )

    def input_mode_now(self, memory: object) -> InputMode:
        """Keys mean something once a callback has been offered."""
        if not isinstance(memory, EnqueueMemory) or memory.offer is OfferState.NONE:
            return InputMode.IGNORES
        return InputMode.IGNORES if memory.phase is Phase.CONNECTING else InputMode.HEARS

    def resume(self, memory: object, context: Context) -> Stay:
        """The place in the queue is kept; the music goes on. A callback that was asked for is asked for again."""
        if not isinstance(memory, EnqueueMemory):
            return self.enter(context)
        if memory.phase is Phase.CALLBACK and memory.offer is OfferState.REQUESTING:
            return self._stay(memory, RequestCallback())
        if memory.offer is OfferState.GOODBYE:
            return self._callback(memory, OfferState.GOODBYE, context)
        return self._begin(_changed(memory, offer=_heard_of(memory.offer)), context, ())

    def receive(self, memory: object, heard: Input, context: Context) -> Stay | Go | End | None:
        assert isinstance(memory, EnqueueMemory)
        if memory.phase is Phase.CALLBACK and (result := self._receive_callback(memory, heard, context)) is not None:
            return result
        match heard:
            case Digit(digit=digit) if self.callback is not None and digit == self.callback.digit:
                return self._callback(memory, OfferState.CONFIRMING, context)
            case PlaybackDone() if memory.phase is Phase.ANNOUNCING:
                return self._music(memory, context)
            case QueuePosition(position=position, expected_wait_s=expected):
                return self._stay(_changed(memory, position=position, expected_wait_s=expected))
            case EnqueueRefused(reason=reason, code="closed") if self.closed is not None:
                return Go(to=self.closed, why=reason)
            case EnqueueRefused(reason=reason):
                return Go(to=self.failed, why=f"the queue did not take the call: {reason}")
            case WaitEnded(cause=cause):
                return Go(to=self.too_long, why=f"the wait ended without an agent ({cause})")
            case PlaceLost() if memory.phase is not Phase.CONNECTING:
                return self._stay(memory, self._request(context))
            case AgentAccepted():
                connecting = _changed(memory, phase=Phase.CONNECTING, phase_ends_at=context.now + CONNECT_LIMIT_S)
                return self._stay(connecting)
            case _:
                return None

    def _receive_callback(self, memory: EnqueueMemory, heard: Input, context: Context) -> Stay | End | None:
        """What happens between the key and the goodbye; None: as while waiting."""
        match memory.offer, heard:
            case OfferState.CONFIRMING, Digit(digit=digit) if self.callback is not None and digit == self.callback.digit:
                limit = context.now + CONNECT_LIMIT_S
                return self._stay(_changed(memory, offer=OfferState.REQUESTING, phase_ends_at=limit), RequestCallback())
            case OfferState.CONFIRMING, Digit():
                return self._music(memory, context)
            case OfferState.CONFIRMING, PlaybackDone() if self.callback is not None:
                return self._stay(_changed(memory, phase_ends_at=context.now + self.callback.confirm_s))
            case OfferState.REQUESTING, CallbackTaken():
                return self._callback(memory, OfferState.GOODBYE, context)
            case OfferState.REQUESTING, CallbackRefused():
                return self._music(memory, context)
            case OfferState.GOODBYE, PlaybackDone():
                return End(cause=EndCause.FLOW_HUNG_UP)
            case (OfferState.REQUESTING, Digit()) | (OfferState.GOODBYE, _):
                return self._stay(memory)
            case _:
                return None

    def due(self, memory: object, context: Context) -> Stay | Go | End:
        assert isinstance(memory, EnqueueMemory)
        if memory.offer is OfferState.GOODBYE:
            return End(cause=EndCause.FLOW_HUNG_UP)
        if memory.phase is not Phase.CONNECTING and context.now >= memory.give_up_at:
            return Go(to=self.too_long, why=f"nobody was free in {self.max_wait_s:g} s")
        if memory.phase is Phase.MUSIC:
            words = self._announcement(memory, context)
            if self._offers(memory, context):
                memory = _changed(memory, offer=OfferState.OFFERED)
                words += self._callback_words(OfferState.OFFERED, context)
            if words:
                return self._announce(memory, context, words)
        return self._music(memory, context)

    def _begin(self, memory: EnqueueMemory, context: Context, words: tuple[Prompt, ...]) -> Stay:
        request = self._request(context)
        return self._announce(memory, context, words, request) if words else self._music(memory, context, request)

    def _request(self, context: Context) -> EnqueueAction:
        return EnqueueAction(
            queue_id=QueueId(self.queue),
            requirements=tuple(SkillRequirement(skill=SkillId(need.skill), level=need.level) for need in self.skills),
            priority=self._priority(context),
        )

    def _priority(self, context: Context) -> float:
        """A text that is no number after filling in counts as 0, one beyond all limits as the limit: a caller must not lose the
        place over a fact that is missing, or over keys.
        """
        try:
            points = float(filled(str(self.priority), context.variables))
        except ValueError:
            return 0.0
        return 0.0 if math.isnan(points) else min(max(points, -LARGEST_POINTS), LARGEST_POINTS)

    def _announcement(self, memory: EnqueueMemory, context: Context) -> tuple[Prompt, ...]:
        words: tuple[Prompt, ...] = ()
        if "position" in self.waiting.announce and memory.position is not None:
            words += place_words(memory.position, context.language)
        if "expected_wait" in self.waiting.announce and memory.expected_wait_s is not None:
            words += wait_words(memory.expected_wait_s, context.language)
        return words + prompts(self.waiting.text, None, context)

    def _offers(self, memory: EnqueueMemory, context: Context) -> bool:
        """Offered again with every announcement: a caller may change their mind."""
        waited_s = context.now - (memory.give_up_at - self.max_wait_s)
        return self.callback is not None and self.callback.is_due(waited_s, memory.expected_wait_s, context)

    def _callback_words(self, state: OfferState, context: Context) -> tuple[Prompt, ...]:
        return self.callback.words(state, context) if self.callback is not None else ()

    def _callback(self, memory: EnqueueMemory, state: OfferState, context: Context) -> Stay:
        """The question, or the goodbye."""
        words = self._callback_words(state, context)
        ends_at = context.now + longest_s(words)
        return self._stay(_changed(memory, phase=Phase.CALLBACK, offer=state, phase_ends_at=ends_at), Play(prompts=words))

    def _announce(self, memory: EnqueueMemory, context: Context, words: tuple[Prompt, ...], *first: Request) -> Stay:
        ends_at = context.now + longest_s(words)
        memory = _changed(memory, phase=Phase.ANNOUNCING, phase_ends_at=ends_at)
        return self._stay(memory, *first, Play(prompts=words))

    def _music(self, memory: EnqueueMemory, context: Context, *first: Request) -> Stay:
        """The music goes on; the next announcement is `every_s` after the end of the last."""
        announce_at = memory.announce_at if memory.announce_at > context.now else context.now + self.waiting.every_s
        memory = _changed(memory, phase=Phase.MUSIC, announce_at=announce_at, offer=_heard_of(memory.offer))
        file = in_language(self.waiting.music, context.language)
        return self._stay(memory, *first, Play(prompts=(SoundFile(file=file),), loop=True))

    def _stay(self, memory: EnqueueMemory, *requests: Request) -> Stay:
        match memory.phase:
            case Phase.MUSIC:
                deadline = min(memory.announce_at, memory.give_up_at)
            case Phase.ANNOUNCING | Phase.CALLBACK:
                deadline = min(memory.phase_ends_at, memory.give_up_at)
            case Phase.CONNECTING:
                deadline = memory.phase_ends_at
        return Stay(memory=memory, deadline=deadline, requests=requests)

    def exits(self) -> Iterator[Exit]:
        # Waiting long is the caller's choice, made anew each second: only a refusal can loop without anybody.
        yield Exit("too long", self.too_long, ("too_long",), silent=False)
        yield Exit("failed", self.failed, ("failed",))
        if self.closed is not None:
            yield Exit("closed", self.closed, ("closed",))

    def texts(self) -> Iterator[tuple[Where, Text]]:
        if self.say is not None:
            yield ("say",), self.say
        if self.waiting.text is not None:
            yield ("waiting", "text"), self.waiting.text
        if self.callback is not None:
            yield from ((("callback", *where), text) for where, text in self.callback.texts())

    def standard_pieces(self, language: str) -> Iterator[SpokenText]:
        yield from interruption_words(language)
        yield from transfer_words(language)
        if self.waiting.announce:
            yield from every_piece(language)
        if self.callback is not None:
            yield from self.callback.standard_pieces(language)

    def reads(self) -> Iterator[tuple[Where, str]]:
        for name in sorted(variables_in(str(self.priority))):
            yield ("priority",), name

    def complaints(self) -> Iterator[Complaint]:
        if self.max_wait_s <= 0:
            yield FlowMistake.NOT_ABOVE_ZERO.at(("max_wait_s",), field="max_wait_s")
        if self.waiting.every_s < 5 or self.waiting.first_after_s < 1:
            yield FlowMistake.ANNOUNCED_TOO_OFTEN.at(("waiting",))
        if self.callback is not None:
            for complaint in self.callback.complaints():
                yield complaint.below("callback")
        for index, need in enumerate(self.skills):
            if not 1 <= need.level <= 5:
                yield FlowMistake.NEED_OUT_OF_RANGE.at(("skills", index, "level"), level=need.level)
        if not isinstance(self.priority, str) and abs(self.priority) > LARGEST_POINTS:
            yield FlowMistake.PRIORITY_OUT_OF_RANGE.at(("priority",), most=f"{LARGEST_POINTS:,.0f}")
        if isinstance(self.priority, str) and not variables_in(self.priority):
            yield FlowMistake.PRIORITY_NOT_A_NUMBER.at(("priority",), value=self.priority)


def _heard_of(state: OfferState) -> OfferState:
    """Back to waiting: the key goes on to count."""
    return OfferState.NONE if state is OfferState.NONE else OfferState.OFFERED


def _changed(memory: EnqueueMemory, **changes: object) -> EnqueueMemory:
    return msgspec.structs.replace(memory, **changes)
