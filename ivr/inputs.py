"""What can happen to a call in a flow: made from core events by the runner, or from a script by the simulator."""

from __future__ import annotations

from core.causes import WorkEnd
from core.model import Value


class Digit(Value, frozen=True):
    """A key was pressed: 0–9 * # A–D."""

    digit: str
    at: float = 0.0
    """When; 0 where nobody asks."""


class PlaybackDone(Value, frozen=True):
    """A playback ended by itself, or could not be played."""

    number: int


class Speech(Value, frozen=True):
    """One of the phrases listened for was heard; empty for anything else."""

    phrase: str
    confidence: float


class Identified(Value, frozen=True):
    """It is known who calls; the facts become variables."""

    variables: dict[str, str]


class QueuePosition(Value, frozen=True):
    """The place in the queue (1 = next) and the expected wait changed."""

    position: int
    expected_wait_s: float | None = None


class EnqueueRefused(Value, frozen=True):
    """The ACD would not take the work."""

    reason: str
    code: str = ""
    """``closed`` when opening hours say so."""


class CallbackTaken(Value, frozen=True):
    """The ACD keeps the place; the caller may hang up."""


class CallbackRefused(Value, frozen=True):
    """Too late: an agent has just answered, or the wait is over."""

    reason: str


class WaitEnded(Value, frozen=True):
    """The ACD ended the work without an agent."""

    cause: WorkEnd


class PlaceLost(Value, frozen=True):
    """The ACD does not know of the wait: it had to begin with nothing."""


class AgentAccepted(Value, frozen=True):
    """An agent took the offer; call control is connecting."""


class Connected(Value, frozen=True):
    """Caller and agent hear each other."""


class HungUp(Value, frozen=True):
    """The caller is gone."""

    by_caller: bool = True
    """Not by a lost node or somebody's request: it counts as abandoned when the caller was waiting."""


Input = (
    Digit | PlaybackDone | Speech | Identified | QueuePosition | EnqueueRefused | CallbackTaken | CallbackRefused
    | WaitEnded | PlaceLost | AgentAccepted | Connected | HungUp
)  # fmt: skip
