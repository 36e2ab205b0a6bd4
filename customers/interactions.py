"""How each channel's conversation becomes the one kind of history row: one function per channel, and nothing else knows channels.

Every row is derived wholly from what it describes, so that writing it again writes the same.
"""

from __future__ import annotations

from itertools import pairwise

from core.causes import EndCause
from core.model import Channel
from customers.engagements import names_before
from customers.filed_how import FiledHow
from customers.identity import interaction_of_call
from customers.messages import OURS, MessageKind, NewMessage, Party, state_of
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
    status = _call_status(call)
    return Interaction(
        interaction_id=interaction_of_call(call.call_id),
        customer_id=call.customer_id,
        channel=Channel.CALL,
        at=call.started_at,
        title=_call_title(call),
        text=call.summary or spoken_path(path),
        status=status,
        by=call.agent_name,
        by_before=names_before(call.engagements),
        call_id=call.call_id,
        duration_s=None if call.ended_at is None else call.ended_at - (call.connected_at or call.started_at),
        waited_s=_waited(call),
        answered_at=call.connected_at,
        last_activity_at=call.ended_at or call.connected_at or call.started_at,
        last_from="customer" if call.connected_at is None else "us",
        waiting_since=_call_waits_since(call, status),
        identifier_kind=None if call.identifier is None else str(call.identifier.kind),
        identifier_value=None if call.identifier is None else call.identifier.value,
        filed_at=call.started_at,
        filed_how=_how_filed(call),
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


def _how_filed(call: Call) -> FiledHow:
    """At its beginning; what a person says afterwards stays."""
    if call.customer_id is None:
        return FiledHow.WITHHELD if call.identifier is None else FiledHow.SEVERAL
    return FiledHow.IDENTIFIER if call.proof is None else FiledHow.PROOF


def _call_waits_since(call: Call, status: Status) -> float | None:
    """In the queue, or still to be called back because nobody answered."""
    if status is Status.MISSED:
        return call.waiting_since or call.started_at
    return call.waiting_since if status is Status.OPEN and call.connected_at is None else None


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
    state = state_of(ticket.comments, ticket.opened_at)
    is_open = ticket.status is Status.OPEN
    return Interaction(
        interaction_id=ticket.interaction_id,
        customer_id=ticket.customer_id,
        channel=Channel.TICKET,
        at=ticket.opened_at,
        title=ticket.subject,
        text=_preview(_last_words(ticket.comments)),
        status=ticket.status,
        by=state.answered_by or None,
        ticket_number=ticket.number,
        duration_s=None if ticket.closed_at is None else ticket.closed_at - ticket.opened_at,
        answered_at=state.answered_at,
        last_activity_at=max(state.last_activity_at, ticket.closed_at or state.last_activity_at),
        last_from=state.last_from,
        waiting_since=state.waiting_since if is_open else None,
        priority=ticket.priority,
    )


def _last_words(comments: tuple[NewMessage, ...]) -> str:
    """What was told last; a note only where nothing else was written."""
    told = [comment for comment in comments if comment.kind is not MessageKind.NOTE] or list(comments)
    return max(told, key=lambda comment: comment.at).text if told else ""


def of_chat(chat: Chat) -> Interaction:
    state = state_of(chat.messages, chat.started_at)
    answers = [message for message in chat.messages if message.party in OURS]
    asked = next((message for message in chat.messages if message.party is Party.CUSTOMER), None)
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
        by=state.answered_by or None,
        duration_s=None if chat.ended_at is None else chat.ended_at - chat.started_at,
        waited_s=None if waited_until is None else waited_until - chat.started_at,
        answered_at=state.answered_at,
        last_activity_at=max(state.last_activity_at, chat.ended_at or state.last_activity_at),
        last_from=state.last_from,
        waiting_since=None if status is Status.CLOSED else state.waiting_since or (chat.started_at if not answers else None),
        has_transcript=bool(chat.messages),
    )


def of_email(email: Email) -> Interaction:
    """Whether one that came in was answered is told by what was written later: until then it waits for us."""
    state = state_of(email.messages, email.at)
    last = max(email.messages, key=lambda message: message.at)
    return Interaction(
        interaction_id=email.interaction_id,
        customer_id=email.customer_id,
        channel=Channel.EMAIL,
        at=email.at,
        title=email.subject,
        text=_preview(last.text),
        status=Status.NONE if state.waiting_since is None else Status.UNANSWERED,
        by=state.answered_by or None,
        answered_at=state.answered_at,
        last_activity_at=state.last_activity_at,
        last_from=state.last_from,
        waiting_since=state.waiting_since,
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
        last_activity_at=callback.promised_at,
        last_from="us" if callback.agent_id is not None else "customer",
        waiting_since=callback.promised_at,
    )


def _preview(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _PREVIEW else line[: _PREVIEW - 1].rstrip() + "…"
