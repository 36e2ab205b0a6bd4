"""What call control wants done, as values. The shell does the actions of one call strictly in order.

They are saved with the call until they are done, and done again by whoever takes it back: whoever is asked the same twice does it
once.
"""

from __future__ import annotations

from core.causes import EndCause
from core.commands import AnswerLeg, AnyCommand, EnqueueWork, SendDigits, SetMix
from core.events import AnyEvent
from core.ids import CallId, LegId, NodeId
from core.model import Speaker, Value
from core.ports import ANSWER_WITHIN_S


class LookUpNumber(Value, frozen=True, kw_only=True, tag=True):
    """Ask the number plan; the result comes back through `CallControl.number_found`."""

    called: str
    trunk: str = ""


class LookUpCallback(Value, frozen=True, kw_only=True, tag=True):
    """Ask the book whom to call; the result comes back through `CallControl.callback_found`."""

    origin_call_id: CallId | None


class Ask(Value, frozen=True, kw_only=True, tag=True):
    """Send a command to the call's node. If an essential one fails, what follows in the same batch is not done."""

    node_id: NodeId
    command: AnyCommand
    essential: bool = True
    within_s: float = ANSWER_WITHIN_S
    """What follows waits no longer for the answer."""


class Link(Value, frozen=True, kw_only=True, tag=True):
    """See to it that the call's node and another one have a way between them. Without it the mix that follows misses a leg."""

    link_id: LegId
    near: NodeId
    far: NodeId


class AskAcd(Value, frozen=True, kw_only=True, tag=True):
    """Put work in line. If it is refused, what follows in the same batch is not done (`CallControl.not_in_line`)."""

    command: EnqueueWork


class EndElsewhere(Value, frozen=True, kw_only=True, tag=True):
    """Have another call ended that another process has. Whether it lives still is for that one to say."""

    call_id: CallId
    cause: EndCause


class StartText(Value, frozen=True, kw_only=True, tag=True):
    """Have a leg transcribed, unless it is; without a recognizer the call goes on without live text."""

    leg_id: LegId
    speaker: Speaker
    language: str
    offset_ms: int = 0
    """Time since the call was connected: 0 but for a leg that came later."""


class StopText(Value, frozen=True, kw_only=True, tag=True):
    """End the transcription of a leg, if there is one."""

    leg_id: LegId


class Publish(Value, frozen=True, kw_only=True, tag=True):
    event: AnyEvent


Action = LookUpNumber | LookUpCallback | Ask | AskAcd | Link | EndElsewhere | StartText | StopText | Publish


def is_for_now(action: Action) -> bool:
    """Not done again by another process: a key that was perhaps sent is not sent twice."""
    return isinstance(action, Ask) and isinstance(action.command, SendDigits)


def may_be_left(action: Action) -> bool:
    """Done, it may go on standing among what is to be done: whenever it is asked for again, it changes nothing."""
    return isinstance(action, Ask) and isinstance(action.command, AnswerLeg | SetMix)


class Batch(Value, frozen=True, kw_only=True):
    """Actions that belong together."""

    call_id: CallId | None
    """None: about an agent's leg outside any call."""
    actions: tuple[Action, ...]
