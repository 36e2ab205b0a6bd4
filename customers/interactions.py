"""How each channel's conversation becomes the one kind of history row: one function per channel, and nothing else knows channels.

Every row is derived wholly from what it describes, so that writing it again writes the same.
"""

from __future__ import annotations

from itertools import pairwise

from core.causes import EndCause
from core.model import Channel, Speaker
from customers.identity import interaction_of_call
from customers.model import Call, Chat, Email, Interaction, NewCallback, Status, Step, Ticket
from customers.words import how_long

_PREVIEW = 160
_CALLERS_STEPS = {"menu", "collect"}
"""In which the caller says or presses something; opening hours and look-ups are the machine's own business."""
_SHORT_CALL_S = 5.0
"""Who hangs up in the queue sooner than this has not been missed."""


ENDS_OF_CALLS_BACK: dict[str, str] = {
    EndCause.CALLBACK_PROMISED: "Asked to be called back",
    EndCause.PEER_BUSY: "Called back: busy",
    EndCause.PEER_NO_ANSWER: "Called back: no answer",
    EndCause.PEER_REJECTED: "Called back: not accepted",
}


def of_call(call: Call, path: tuple[Step, ...]) -> Interaction:
    return Interaction(
        interaction_id=interaction_of_call(call.call_id),
        customer_id=call.customer_id,
        channel=Channel.CALL,
        at=call.started_at,
        title=_call_title(call),
        text=call.summary or spoken_path(path),
        status=_call_status(call),
        by=call.agent_name,
        call_id=call.call_id,
        duration_s=None if call.ended_at is None else call.ended_at - (call.connected_at or call.started_at),
        waited_s=_waited(call),
        answered_at=call.connected_at,
        has_recording=call.recording_ms > 0,
        has_transcript=call.has_transcript,
    )


def spoken_path(path: tuple[Step, ...]) -> str:
    """What the caller chose last on the way: «chose 2 (billing)». A step's detail says how the one before it ended."""
    chosen = [after.detail for before, after in pairwise(path) if before.verb in _CALLERS_STEPS and after.detail]
    return chosen[-1] if chosen else ""


def _waited(call: Call) -> float | None:
    if call.waited_s is not None:
        return call.waited_s
    if call.waiting_since is None or call.ended_at is None:
        return None
    return call.ended_at - call.waiting_since


def _call_status(call: Call) -> Status:
    if call.ended_at is None:
        return Status.OPEN
    if call.connected_at is not None or call.waiting_since is None or call.cause == EndCause.CALLBACK_PROMISED:
        return Status.CLOSED
    left_at_once = call.cause == EndCause.CALLER_ABANDONED and (_waited(call) or 0.0) < _SHORT_CALL_S
    return Status.CLOSED if left_at_once else Status.MISSED


def _call_title(call: Call) -> str:
    if call.disposition:
        return call.disposition
    if call.cause in ENDS_OF_CALLS_BACK and call.connected_at is None:
        return ENDS_OF_CALLS_BACK[call.cause]
    if call.ended_at is not None and call.connected_at is None:
        waited = _waited(call)
        return "Ended in the menu" if waited is None else f"Abandoned after waiting {how_long(waited)}"
    return call.queue_name or "Call"


def of_ticket(ticket: Ticket) -> Interaction:
    answers = [comment for comment in ticket.comments if comment.speaker is Speaker.AGENT]
    last = answers[-1] if answers else None
    first_text = ticket.comments[0].text if ticket.comments else ""
    return Interaction(
        interaction_id=ticket.interaction_id,
        customer_id=ticket.customer_id,
        channel=Channel.TICKET,
        at=ticket.opened_at,
        title=ticket.subject,
        text=_preview(first_text),
        status=ticket.status,
        by=last.author or None if last else None,
        ticket_number=ticket.number,
        duration_s=None if ticket.closed_at is None else ticket.closed_at - ticket.opened_at,
        answered_at=last.at if last else None,
    )


def of_chat(chat: Chat) -> Interaction:
    answers = [message for message in chat.messages if message.speaker is Speaker.AGENT]
    asked = next((message for message in chat.messages if message.speaker is Speaker.CUSTOMER), None)
    waited_until = answers[0].at if answers else chat.ended_at
    status = Status.OPEN if chat.ended_at is None else Status.CLOSED if answers else Status.UNANSWERED
    return Interaction(
        interaction_id=chat.interaction_id,
        customer_id=chat.customer_id,
        channel=Channel.CHAT,
        at=chat.started_at,
        title="Chat",
        text=_preview(asked.text if asked else ""),
        status=status,
        by=answers[-1].author or None if answers else None,
        duration_s=None if chat.ended_at is None else chat.ended_at - chat.started_at,
        waited_s=None if waited_until is None else waited_until - chat.started_at,
        answered_at=answers[-1].at if answers else None,
        has_transcript=bool(chat.messages),
    )


def of_email(email: Email) -> Interaction:
    return Interaction(
        interaction_id=email.interaction_id,
        customer_id=email.customer_id,
        channel=Channel.EMAIL,
        at=email.at,
        title=email.subject,
        text=_preview(email.text),
        answered_at=email.at if email.speaker is Speaker.AGENT else None,
    )


def of_callback(callback: NewCallback, agent_name: str | None) -> Interaction:
    return Interaction(
        interaction_id=callback.interaction_id,
        customer_id=callback.customer_id,
        channel=Channel.CALLBACK,
        at=callback.promised_at,
        title="Callback promised",
        text=callback.reason,
        status=Status.OPEN,
        by=agent_name,
        call_id=callback.call_id,
        due_at=callback.due_at,
    )


def _preview(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _PREVIEW else line[: _PREVIEW - 1].rstrip() + "…"
