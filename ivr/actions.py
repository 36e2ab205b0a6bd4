"""What a flow wants done: values that the machine returns and the runner (or the simulator) carries out."""

from __future__ import annotations

from core.causes import EndCause
from core.ids import QueueId
from core.model import SkillRequirement, Value


class SpokenText(Value, frozen=True, tag="text"):
    """A piece of text to be spoken; pieces are chosen so that they can be cached (the fixed part of a sentence, a number)."""

    text: str
    language: str


class SoundFile(Value, frozen=True, tag="file"):
    """A WAV file, relative to the data directory."""

    file: str


Prompt = SpokenText | SoundFile


class Play(Value, frozen=True):
    """Plays prompts one after the other, instead of what plays now."""

    prompts: tuple[Prompt, ...]
    loop: bool = False
    number: int = 0
    """Counts the playbacks of a call; the machine fills it in. `PlaybackDone` of an older number is stale."""


class StopPlay(Value, frozen=True):
    """Silence, now."""


class Listen(Value, frozen=True):
    """Recognize these phrases until `StopListening`."""

    phrases: tuple[str, ...]
    language: str


class StopListening(Value, frozen=True):
    """No more recognition."""


class Enqueue(Value, frozen=True):
    """Let the call wait for an agent. Harmless when repeated with the same number."""

    queue_id: QueueId
    requirements: tuple[SkillRequirement, ...] = ()
    priority: float = 0.0
    number: int = 0
    """Counts the waits of a call; the machine fills it in."""


class RequestCallback(Value, frozen=True):
    """Keep the place without the caller. Harmless when repeated with the same number."""

    number: int = 0
    """Of the wait; the machine fills it in."""


class LeaveQueue(Value, frozen=True):
    """The wait is over without an agent."""

    number: int
    abandoned: bool
    """The caller hung up (as opposed to: the flow goes another way)."""


class HangUp(Value, frozen=True):
    """End the call."""

    cause: EndCause


class Trace(Value, frozen=True):
    """A step was entered; shown to the agent and on the board."""

    step: str
    verb: str
    detail: str
    """What led here, in words."""


class Finish(Value, frozen=True):
    """The flow is over; the last action of every walk."""

    outcome: str
    """``hung_up``, ``connected`` or ``failed``."""
    variables: dict[str, str]


Action = Play | StopPlay | Listen | StopListening | Enqueue | RequestCallback | LeaveQueue | HangUp | Trace | Finish
