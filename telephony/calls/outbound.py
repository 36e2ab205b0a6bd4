"""Calls that we make: an agent has taken a callback, and the customer's phone is to ring. Pure; `control.py` owns the calls.

The call's name comes from the ACD, which ties it to the work; the leg's name follows from it, so that everything here is the same
when it is decided twice.
"""

from __future__ import annotations

import msgspec

from core.causes import EndCause
from core.commands import DialLeg
from core.events import Alert, CallEnded, OfferAccepted
from core.ids import CallId, LegId
from core.model import LegKind
from core.parties import PartyState, moved
from core.ports import CallbackRefusal, CallbackTarget
from telephony.calls.actions import Ask, Batch, LookUpCallback, Publish
from telephony.calls.call import AgentLeg, Call, Phase, agent_of, customer_of
from telephony.calls.picture import SoundFiles
from telephony.calls.steps import batch, mixed, started

RING_S = 30.0
"""How long the customer's phone rings."""
DIAL_LIMIT_S = 45.0
"""From acceptance to the answer: the ringing, and a slow trunk before it. The ACD waits a little longer."""
ACCEPTED_WITHIN_S = 5.0
"""An acceptance that is heard of later than this is not dialled: the ACD will offer the work again."""
LEFT_WAITING = frozenset({EndCause.CALLER_HUNG_UP, EndCause.CALLER_ABANDONED, EndCause.FLOW_HUNG_UP})
"""How a call ends whose caller has been promised a callback: no longer as abandoned."""


def new_call(event: OfferAccepted, call_id: CallId, leg: AgentLeg, now: float) -> Call:
    """A call that nobody has heard of yet; its number is still to be looked up."""
    return Call(
        call_id=call_id,
        node_id=leg.node_id,
        kind=LegKind.SIP,
        caller="",
        called="",
        display_name="",
        customer_token=None,
        customer_leg=LegId(f"leg_{call_id.removeprefix('call_')}"),
        phase=Phase.DIALLING,
        parties=(
            customer_of(call_id, None, PartyState.INVITING, now),
            moved(
                agent_of(event.offer_id, event.agent_id, event.work_id, event.queue_id),
                PartyState.JOINED,
                leg_id=leg.leg_id,
                joined_at=now,
            ),
        ),
        offered_at=event.at,
        deadline=now + DIAL_LIMIT_S,
        started_at=now,
        work_id=event.work_id,
        queue_id=event.queue_id,
        waited_s=event.waited_s,
        outbound=True,
        origin_call_id=event.origin_call_id,
    )


def look_up(call: Call) -> Batch:
    return Batch(call_id=call.call_id, actions=(LookUpCallback(origin_call_id=call.origin_call_id),))


def with_target(call: Call, target: CallbackTarget) -> Call:
    return msgspec.structs.replace(
        call,
        caller=target.number,
        display_name=target.name,
        language=target.language,
        customer_id=target.customer_id,
    )


def dial(call: Call, files: SoundFiles, now: float) -> Batch:
    """The record begins, the phone rings, the agent hears it ring."""
    command = DialLeg(leg_id=call.customer_leg, call_id=call.call_id, number=call.caller, ring_s=RING_S)
    return batch(call, Publish(event=started(call, now)), Ask(node_id=call.node_id, command=command), *mixed(call, files))


def not_begun(event: OfferAccepted, call_id: CallId, now: float) -> Batch:
    """The agent has no audio: the ACD must know at once."""
    ended = CallEnded(at=now, call_id=call_id, cause=EndCause.AGENT_LOST, started_at=now, agent_id=event.agent_id)
    return Batch(call_id=call_id, actions=(Publish(event=ended),))


def not_allowed(call_id: CallId, refusal: CallbackRefusal, now: float) -> Alert:
    """A supervisor should know: somebody asked for a number that is not called, or the hour's calls are used up."""
    limit = refusal.cause is EndCause.DIAL_LIMIT
    text = "A callback waits: the calls or minutes of this hour are used up." if limit else "A callback's number is not called."
    return Alert(
        at=now,
        key="callback_limit" if limit else "callback_not_allowed",
        severity="warning",
        text=f"{text} ({refusal.why})",
        code="callback_limit" if limit else "callback_not_allowed",
        details={"call_id": call_id, "reason": refusal.why},
    )


def refused(call: Call, reason: str, now: float) -> Batch:
    """The node would not dial: somebody must look after the trunk."""
    text = f"A callback could not be dialled: {reason}."
    details: dict[str, str | int | float] = {"call_id": call.call_id, "reason": reason}
    alert = Alert(at=now, key="dialling", severity="warning", text=text, code="callback_not_dialled", details=details)
    return Batch(call_id=call.call_id, actions=(Publish(event=alert),))
