"""The board of a control server that was started again in the middle of conversations."""

from __future__ import annotations

from typing import Any

import pytest

from acd.model.work import WorkState
from acd.views.work import WorkView
from core.commands import Consult, Transfer
from core.ids import AgentId, CallId, LegId, NodeId, PartyId, QueueId, WorkId
from core.model import LegKind, Purpose
from core.parties import Party, PartyState, Role
from customers.engagements import Engagement
from customers.model import CallRecord
from server.live.concerned import agents_of
from server.live.restored import calls_to_show, live_call
from server.schemas import CallPhase, LiveCall
from telephony.calls.call import Call, Phase

CALL, MEI, AISHA, BILLING = CallId("call_1"), AgentId("agent_mei"), AgentId("agent_aisha"), QueueId("queue_billing")
W1, W2, W3 = WorkId("work_1"), WorkId("work_2"), WorkId("work_3")
OF_MEI: dict[str, Any] = {"purpose": Purpose.CONSULTATION, "asked_by": MEI, "only_agent": AISHA}


def record(**fields: Any) -> CallRecord:
    known: dict[str, Any] = dict.fromkeys(CallRecord.__struct_fields__)
    known |= {"call_id": CALL, "customer_name": "Dana", "caller": "+44", "started_at": 1.0, "path": (), "queue_id": BILLING}
    return CallRecord(**known | {"engagements": ()} | fields)


def work(work_id: WorkId, state: WorkState, agent_id: AgentId | None = None, **asked: Any) -> WorkView:
    fields: dict[str, Any] = dict.fromkeys(WorkView.__struct_fields__)
    fields |= {"work_id": work_id, "call_id": CALL, "queue_id": BILLING, "state": state, "agent_id": agent_id, "offers": ()}
    return WorkView(**fields | {"since": 50.0, "until": 110.0, "enqueued_at": 2.0, "purpose": Purpose.CONTACT} | asked)


def party(role: Role, state: PartyState, agent_id: AgentId | None = None, work_id: WorkId | None = None) -> Party:
    at = 5.0 if state is PartyState.JOINED else None
    return Party(party_id=PartyId(f"party_{role}"), role=role, state=state, agent_id=agent_id, work_id=work_id, joined_at=at)


def call(phase: Phase, work_id: WorkId | None, *parties: Party, asked_for: Consult | Transfer | None = None) -> Call:
    return Call(
        call_id=CALL,
        node_id=NodeId("node_1"),
        kind=LegKind.SIP,
        caller="+44",
        called="1000",
        display_name="",
        customer_token=None,
        customer_leg=LegId("leg_1"),
        phase=phase,
        parties=parties,
        asked_for=asked_for,
        offered_at=1,
        deadline=9_999,
        work_id=work_id,
        queue_id=BILLING,
        connected_at=5 if phase is Phase.CONVERSATION else None,
    )


def shown(living: Call | None, *works: WorkView, **fields: Any) -> LiveCall:
    return live_call(record(**fields), living, works, LegKind.SIP, transcript=False)


def test_whoever_is_consulted_sees_the_call_again_and_the_customer_waits() -> None:
    living = call(
        Phase.CONVERSATION,
        W1,
        party(Role.CUSTOMER, PartyState.HELD),
        party(Role.AGENT, PartyState.JOINED, MEI, W1),
        party(Role.CONSULTANT, PartyState.JOINED, AISHA, W2),
    )
    told = Engagement(work_id=W2, agent_id=AISHA, from_at=10, note="second capture")
    made = shown(living, work(W1, WorkState.ACTIVE, MEI), work(W2, WorkState.ACTIVE, AISHA, **OF_MEI), engagements=(told,))
    assert made.asked is not None
    assert (made.asked.work_id, made.asked.agent_id, made.asked.taken_by, made.asked.note) == (W2, MEI, AISHA, "second capture")
    assert (made.state, made.agent_id, made.work_id, set(agents_of(made))) == ("held", MEI, W1, {MEI, AISHA})
    assert [each.since for each in made.parties] == [None, 5, 5]


def test_while_a_colleague_rings_the_note_is_what_the_agent_said() -> None:
    """Nobody has come yet: history has no stay that it could stand in."""
    living = call(
        Phase.CONVERSATION,
        W1,
        party(Role.CUSTOMER, PartyState.HELD),
        party(Role.AGENT, PartyState.JOINED, MEI, W1),
        party(Role.CONSULTANT, PartyState.INVITING, AISHA, W2),
        asked_for=Consult(call_id=CALL, agent_id=MEI, work_id=W2, to_agent=AISHA, note="second capture"),
    )
    made = shown(living, work(W1, WorkState.ACTIVE, MEI), work(W2, WorkState.OFFERED, **OF_MEI))
    assert made.asked is not None
    assert (made.asked.work_id, made.asked.note, made.asked.taken_by) == (W2, "second capture", None)


def test_while_a_transfer_waits_the_note_is_what_the_agent_said() -> None:
    wish = Transfer(call_id=CALL, agent_id=MEI, work_id=W2, queue_id=BILLING, note="printer")
    living = call(Phase.FLOW, W2, party(Role.CUSTOMER, PartyState.JOINED), asked_for=wish)
    transfer: dict[str, Any] = {"purpose": Purpose.TRANSFER, "asked_by": MEI, "only_agent": None}
    made = shown(living, work(W1, WorkState.WRAP_UP, MEI), work(W2, WorkState.WAITING, **transfer))
    assert made.asked is not None
    assert (made.asked.work_id, made.asked.note) == (W2, "printer")


def test_whoever_was_handed_a_call_and_asks_in_turn_is_seen_to_ask() -> None:
    """Not what they were handed it with."""
    living = call(
        Phase.CONVERSATION,
        W2,
        party(Role.CUSTOMER, PartyState.HELD),
        party(Role.AGENT, PartyState.JOINED, AISHA, W2),
        party(Role.CONSULTANT, PartyState.JOINED, MEI, W3),
    )
    transfer: dict[str, Any] = {"purpose": Purpose.TRANSFER, "asked_by": MEI, "only_agent": None}
    of_aisha: dict[str, Any] = {"purpose": Purpose.CONSULTATION, "asked_by": AISHA, "only_agent": MEI}
    made = shown(living, work(W2, WorkState.ACTIVE, AISHA, **transfer), work(W3, WorkState.ACTIVE, MEI, **of_aisha))
    assert made.asked is not None
    assert (made.asked.work_id, made.asked.agent_id) == (W3, AISHA)


def test_whoever_handed_it_over_still_writes_it_up() -> None:
    living = call(
        Phase.CONVERSATION, W2, party(Role.CUSTOMER, PartyState.JOINED), party(Role.AGENT, PartyState.JOINED, AISHA, W2)
    )
    made = shown(living, work(W1, WorkState.WRAP_UP, MEI), work(W2, WorkState.ACTIVE, AISHA))
    assert (made.state, made.agent_id, made.work_id) == ("talking", AISHA, W2)
    assert [(each.agent_id, each.work_id, each.until) for each in made.wrap_ups] == [(MEI, W1, 110)]


@pytest.mark.parametrize(("state", "phase"), [(WorkState.WAITING, "waiting"), (WorkState.OFFERED, "ringing")])
def test_a_transfer_that_waits_waits_with_its_own_work(state: WorkState, phase: CallPhase) -> None:
    living = call(Phase.FLOW, W1, party(Role.CUSTOMER, PartyState.JOINED))
    made = shown(living, work(W1, WorkState.WRAP_UP, MEI), work(W2, state))
    assert (made.state, made.agent_id, made.work_id, set(agents_of(made))) == (phase, None, W2, {MEI})


def test_one_that_is_over_is_shown_once_to_everybody_who_writes_it_up() -> None:
    works = (work(W1, WorkState.WRAP_UP, MEI), work(W2, WorkState.WRAP_UP, AISHA))
    assert calls_to_show([], works) == [CALL]
    made = shown(None, *works, agent_id=AISHA, ended_at=60.0, connected_at=5.0)
    assert (made.state, set(agents_of(made))) == ("wrap_up", {MEI, AISHA})
