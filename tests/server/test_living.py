"""What who does not own a call knows of it."""

from __future__ import annotations

import msgspec
import pytest

from core.causes import EndCause
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    LegConnected,
    LegEnded,
    NodeLost,
    PartiesChanged,
    PartyJoined,
    WorkEnqueued,
)
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, OfferId, PartyId, QueueId, UserId, WorkId
from core.model import Channel, LegKind, LegPurpose
from core.parties import Mode, PartyState, Role, moved
from server.living import Living, Saved, saved
from telephony.calls.call import AgentLeg, Call, Phase, agent_of, customer_of
from telephony.calls.service import AGENT_LEG_KIND, CALL_KIND
from tests.peers.memory_store import MemoryStore

CALL, NODE, LEG = CallId("call_1"), NodeId("node_1"), LegId("leg_mei")
MEI, SAM, QUEUE, WORK = AgentId("agent_mei"), UserId("user_sam"), QueueId("queue_1"), WorkId("work_1")
AGENT = moved(agent_of(OfferId("offer_1"), MEI, WORK, QUEUE), PartyState.JOINED, leg_id=LEG)
CUSTOMER = customer_of(CALL, LegId("leg_customer"), PartyState.JOINED, 0.0)
STARTED = CallStarted(
    at=1.0,
    call_id=CALL,
    leg_id=LegId("leg_customer"),
    node_id=NODE,
    kind=LegKind.SIP,
    caller="+442079460180",
    called="1000",
    flow_id=FlowId("flow_1"),
)
CONNECTED = CallConnected(
    at=3.0,
    call_id=CALL,
    work_id=WORK,
    agent_id=MEI,
    queue_id=QUEUE,
    customer_leg=LegId("leg_customer"),
    agent_leg=LEG,
    waited_s=2.0,
)
PICTURE = PartiesChanged(at=2.9, call_id=CALL, parties=(CUSTOMER, AGENT), version=2)
HANDED_BACK = CallHandedBack(at=5.0, call_id=CALL, work_id=WORK, agent_id=MEI, queue_id=QUEUE)
ENDED = CallEnded(at=9.0, call_id=CALL, cause=EndCause.CALLER_HUNG_UP, started_at=1.0)


def heard(*events: AnyEvent) -> Living:
    living = Living()
    for event in events:
        living.handle(event)
        living.handle(event)  # once more: nothing changes
    return living


def test_a_call_is_there_from_its_beginning_to_its_end() -> None:
    assert heard(STARTED).calls[CALL].node_id == NODE
    assert heard(STARTED, ENDED).calls == {}


@pytest.mark.parametrize("events", [(STARTED, PICTURE, CONNECTED), (STARTED, CONNECTED, PICTURE), (STARTED, CONNECTED)])
def test_whose_conversation_it_is(events: tuple[AnyEvent, ...]) -> None:
    call = heard(*events).with_agent(MEI)
    assert call is not None
    assert (call.call_id, call.agent_id, call.queue_id) == (CALL, MEI, QUEUE)


def test_an_agent_who_left_has_it_no_more_and_an_older_picture_changes_nothing() -> None:
    without = msgspec.structs.replace(PICTURE, parties=(CUSTOMER,), version=3)
    living = heard(STARTED, PICTURE, CONNECTED, HANDED_BACK, without, PICTURE)
    assert living.with_agent(MEI) is None
    assert living.calls[CALL].queue_id == QUEUE


def test_what_somebody_asks_for_beside_the_conversation_moves_it_to_no_other_queue() -> None:
    asked = WorkEnqueued(
        at=4.0,
        work_id=WorkId("work_2"),
        call_id=CALL,
        queue_id=QueueId("queue_2"),
        channel=Channel.CALL,
        customer_id=None,
        priority=0,
        position=1,
    )
    assert heard(STARTED, PICTURE, CONNECTED, asked).calls[CALL].queue_id == QUEUE
    assert heard(STARTED, asked).calls[CALL].queue_id == "queue_2"


def test_a_supervisor_who_listens_is_known() -> None:
    joined = PartyJoined(at=4.0, call_id=CALL, party_id=PartyId("party_sam"), role=Role.SUPERVISOR, mode=Mode.LISTEN, user_id=SAM)
    assert heard(STARTED, joined).calls[CALL].is_heard_by(SAM)


def test_an_agents_audio_comes_and_goes() -> None:
    comes = LegConnected(at=1.0, leg_id=LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI)
    ends = LegEnded(
        at=2.0, leg_id=LEG, node_id=NODE, call_id=None, purpose=LegPurpose.AGENT, cause=EndCause.AGENT_HUNG_UP, agent_id=MEI
    )
    assert heard(comes).agent_legs[MEI].leg_id == LEG
    assert heard(comes, ends).agent_legs == {}
    assert heard(comes, NodeLost(at=2.0, node_id=NODE, reason="gone")).agent_legs == {}


async def test_what_was_saved_is_there_at_the_start_and_what_cannot_be_read_is_left_to_its_owner() -> None:
    call = Call(
        call_id=CALL,
        node_id=NODE,
        kind=LegKind.SIP,
        caller="+442079460180",
        called="1000",
        display_name="",
        customer_token=None,
        customer_leg=LegId("leg_customer"),
        phase=Phase.CONVERSATION,
        parties=(CUSTOMER, AGENT),
        queue_id=QUEUE,
        mix_version=7,
        offered_at=0.0,
        deadline=1e9,
    )
    leg = AgentLeg(agent_id=MEI, leg_id=LEG, node_id=NODE)
    store, living = MemoryStore(), Living()
    await store.save(CALL_KIND, CALL, msgspec.msgpack.encode(call))
    await store.save(CALL_KIND, "call_2", b"damaged")
    await store.save(AGENT_LEG_KIND, MEI, msgspec.msgpack.encode(leg))
    living.restore(await saved(store))
    living.handle(msgspec.structs.replace(PICTURE, parties=(CUSTOMER,)))  # of before
    assert living.calls[CALL].agent_id == MEI
    assert living.agent_legs == {MEI: leg}
    assert set(store.kinds[CALL_KIND]) == {CALL, "call_2"}


def test_whoever_is_still_at_the_door_is_told_of_when_the_call_begins() -> None:
    living = Living()
    living.restore(Saved({}, {}))
    living.handle(STARTED)
    assert set(living.calls) == {CALL}
