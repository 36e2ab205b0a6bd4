"""The board after a restart of the control server. Pure.

Calls come from call control, work and offers from the ACD, names, ways and words from history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acd.model.work import WorkState
from acd.views.work import OfferView, WorkView
from core.ids import CallId, WorkId
from core.model import LegKind, Purpose
from customers.callbacks import interaction_of_work
from customers.identity import interaction_of_call
from customers.model import CallRecord
from customers.screen_pop import Pop
from server.live.concerned import live_parties
from server.schemas import Asked, CallPhase, CallWrapUp, LiveCall, Offer
from telephony.calls.call import Call, Phase

_PHASES: dict[Phase, CallPhase] = {Phase.FLOW: "ivr", Phase.DIALLING: "dialling", Phase.CONVERSATION: "held"}
"""Calls at the door are not on the board. In a conversation either customer and agent hear each other, or the customer waits."""
_WORK_PHASES: dict[WorkState, CallPhase] = {WorkState.WAITING: "waiting", WorkState.OFFERED: "ringing"}


def calls_to_show(calls: Iterable[Call], work_items: Iterable[WorkView]) -> list[CallId]:
    """Living calls past the door, and ended ones that an agent still wraps up."""
    living = [call.call_id for call in calls if call.phase in _PHASES]
    wrapping = [work.call_id for work in work_items if work.state is WorkState.WRAP_UP and work.call_id is not None]
    return list(dict.fromkeys((*living, *wrapping)))


def live_call(record: CallRecord, call: Call | None, works: Iterable[WorkView], kind: LegKind, transcript: bool) -> LiveCall:
    """`call` is None for one that has ended; `works` are what the ACD has of it, of each stay its own."""
    works = tuple(works)
    phase: CallPhase = "wrap_up" if call is None else "talking" if call.is_talking else _PHASES[call.phase]
    work = _in_line(works) if phase == "ivr" else None
    if phase == "ivr" and work is not None:
        phase = _WORK_PHASES[work.state]
    wrap_ups = tuple(_wrap_ups(works))
    parties = () if call is None else live_parties(call.parties, (), None)
    return LiveCall(
        call_id=record.call_id,
        interaction_id=interaction_of_call(record.call_id),
        work_id=work.work_id if work else call.work_id if call else wrap_ups[0].work_id if wrap_ups else None,
        state=phase,
        kind=kind,
        outbound=call.outbound if call else False,
        customer_id=record.customer_id,
        customer_name=record.customer_name,
        caller=record.caller,
        queue_id=work.queue_id if work else call.queue_id if call and call.queue_id else record.queue_id,
        agent_id=call.agent_id if call else record.agent_id,
        started_at=record.started_at,
        waiting_since=work.enqueued_at if work else min((each.enqueued_at for each in works), default=None),
        connected_at=call.connected_at if call else record.connected_at,
        ended_at=record.ended_at,
        path=record.path,
        recording="on" if call and call.recording_id else "off",
        transcript="live" if transcript else "none",
        last_words=record.segments[-1].text if record.segments else "",
        cause=record.cause,
        parties=parties,
        asked=_asked(call, works, record),
        wrap_ups=wrap_ups,
    )


def _in_line(works: tuple[WorkView, ...]) -> WorkView | None:
    """The one that waits for an agent, or rings."""
    return next((work for work in works if work.state in _WORK_PHASES), None)


def _asked(call: Call | None, works: tuple[WorkView, ...], record: CallRecord) -> Asked | None:
    """What somebody wants of a colleague, or wanted when they handed this conversation on."""
    open_ones = [work for work in works if work.asked_by is not None and work.state is not WorkState.WRAP_UP]
    work = max(open_ones, key=lambda work: work.purpose is Purpose.CONSULTATION, default=None)
    if call is None or work is None or work.asked_by is None:
        return None
    return Asked(
        work_id=work.work_id,
        purpose=work.purpose,
        agent_id=work.asked_by,
        to_agent_id=work.only_agent,
        queue_id=work.queue_id,
        note=_note(call, work.work_id, record),
        taken_by=work.agent_id,
        at=work.enqueued_at,
    )


def _note(call: Call, work_id: WorkId, record: CallRecord) -> str:
    """It stands in the stay of whoever came, and until somebody comes in the call."""
    if call.asked_for is not None and call.asked_for.work_id == work_id:
        return call.asked_for.note
    return next((each.note for each in record.engagements if each.work_id == work_id), "")


def _wrap_ups(works: tuple[WorkView, ...]) -> Iterator[CallWrapUp]:
    for work in works:
        if work.state is WorkState.WRAP_UP and work.agent_id is not None:
            yield CallWrapUp(agent_id=work.agent_id, work_id=work.work_id, since=work.since, until=work.until)


def offer(view: OfferView, origin_call_id: CallId | None, pop: Pop | None) -> Offer:
    """`origin_call_id` of a callback: the call it was promised in."""
    return Offer(
        offer_id=view.offer_id,
        work_id=view.work_id,
        call_id=view.call_id,
        interaction_id=interaction_of_work(view.call_id, origin_call_id),
        channel=view.channel,
        queue_id=view.queue_id,
        agent_id=view.agent_id,
        made_at=view.made_at,
        expires_at=view.expires_at,
        reason=view.decision.summary,
        decision=view.decision,
        pop=pop,
        purpose=view.purpose,
        asked_by=view.asked_by,
    )
