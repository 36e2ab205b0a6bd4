"""A call that Mei takes, as the live view hears of it; shared by the tests of the view."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from acd.views.agent import AgentView
from acd.views.numbers import NumbersView
from acd.views.queue import PlaceView
from acd.views.work import WorkView
from core.causes import EndCause
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallerIdentified,
    CallStarted,
    FlowStep,
    FlowStepped,
    OfferAccepted,
    OfferExpired,
    OfferMade,
    TranscriptFinal,
    TranscriptPartial,
    WorkEnqueued,
)
from core.ids import (
    AgentId,
    CallId,
    CustomerId,
    FlowId,
    LegId,
    NodeId,
    OfferId,
    QueueId,
    StreamId,
    UserId,
    WorkId,
)
from core.model import AgentState, Certainty, Channel, Decision, LegKind, Speaker, Strategy
from customers.identity import interaction_of_call
from customers.model import Customer
from customers.screen_pop import Pop
from server.live import messages as live
from server.live.change import Change
from server.live.view import LiveView
from server.rights import Role, rights_of
from server.schemas import AsrSystem, Me, System
from server.sight import Sight

CALL, WORK, OFFER = CallId("call_1"), WorkId("work_1"), OfferId("offer_1")
MEI, BILLING, LEG = AgentId("agent_mei"), QueueId("queue_billing"), LegId("leg_1")
SYSTEM = System(
    asr=AsrSystem(available=True, model="en", workers=1, streams=0, shedding="none"), nodes=(), children=(), version="1"
)


class QuietAcd:
    """An ACD with one agent and no queue."""

    def __init__(self) -> None:
        self.in_hand: tuple[WorkId, ...] = ()
        self.people: tuple[AgentId, ...] = (MEI,)

    def agents(self) -> tuple[AgentView, ...]:
        return tuple(self.agent(agent_id) for agent_id in self.people)

    def agent(self, agent_id: AgentId) -> AgentView:
        if agent_id not in self.people:
            raise KeyError(agent_id)
        fields: dict[str, Any] = dict.fromkeys(AgentView.__struct_fields__)
        fields |= {
            "agent_id": MEI,
            "name": "Mei",
            "state": AgentState.AVAILABLE,
            "reason": "",
            "since": 0.0,
            "work": self.in_hand,
        }
        return AgentView(**fields | {"skills": (), "reachable": True, "reachable_reason": "", "handled_today": 0})

    def work_items(self) -> tuple[WorkView, ...]:
        return ()

    def work(self, work_id: WorkId) -> WorkView:
        raise KeyError(work_id)

    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
        return ()

    def queues(self) -> tuple[()]:
        return ()

    def unreachable(self) -> dict[AgentId, dict[Channel, str]]:
        return {agent_id: {} for agent_id in self.people}

    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView:
        fields: dict[str, Any] = dict.fromkeys(NumbersView.__struct_fields__, 0)
        return NumbersView(**fields)


STARTED = CallStarted(
    at=1,
    call_id=CALL,
    leg_id=LEG,
    node_id=NodeId("node_1"),
    kind=LegKind.SIP,
    caller="+442079460180",
    called="1000",
    flow_id=FlowId("flow_1"),
)
IDENTIFIED = CallerIdentified(
    at=1.1,
    call_id=CALL,
    customer_id=CustomerId("cust_1"),
    interaction_id=interaction_of_call(CALL),
    is_new=False,
    name="Dana Whitfield",
)
CHOSE = FlowStep(step="menu", verb="menu", detail="chose 2 (billing)")
STEPPED = FlowStepped(at=2, call_id=CALL, flow_id=FlowId("flow_1"), steps=(CHOSE,))
ENQUEUED = WorkEnqueued(
    at=3, work_id=WORK, call_id=CALL, channel=Channel.CALL, queue_id=BILLING, customer_id=None, priority=0, position=1
)
MADE = OfferMade(
    at=4,
    offer_id=OFFER,
    work_id=WORK,
    call_id=CALL,
    queue_id=BILLING,
    agent_id=MEI,
    expires_at=24,
    decision=Decision(strategy=Strategy.LONGEST_IDLE, candidates=(), summary="longest idle of 1"),
)
EXPIRED = OfferExpired(at=24, offer_id=OFFER, work_id=WORK, agent_id=MEI)
ACCEPTED = OfferAccepted(at=5, offer_id=OFFER, work_id=WORK, call_id=CALL, queue_id=BILLING, agent_id=MEI, waited_s=2)
CONNECTED = CallConnected(
    at=5.1, call_id=CALL, work_id=WORK, agent_id=MEI, queue_id=BILLING, customer_leg=LEG, agent_leg=LegId("leg_2"), waited_s=2
)
ENDED = CallEnded(at=60, call_id=CALL, cause=EndCause.CALLER_HUNG_UP, started_at=1, connected_at=5.1, agent_id=MEI)
POP = Pop(
    call_id=CALL,
    interaction_id=interaction_of_call(CALL),
    customer=Customer(
        customer_id=CustomerId("cust_1"),
        name="Dana Whitfield",
        is_new=False,
        certainty=Certainty.CERTAIN,
        certainty_by="phone",
        phones=("+442079460180",),
        emails=(),
        tags=(),
        vip=True,
        location=None,
        local_time_zone=None,
        since=None,
        language="en",
    ),
    why=(),
    suggestion=None,
    timeline=(),
    next=None,
)
TALKING: tuple[AnyEvent, ...] = (STARTED, IDENTIFIED, STEPPED, ENQUEUED, MADE, ACCEPTED, CONNECTED)


def words(text: str, final: bool = True) -> TranscriptFinal | TranscriptPartial:
    common: dict[str, Any] = {"at": 6, "call_id": CALL, "leg_id": LEG, "stream_id": StreamId("s"), "speaker": Speaker.CUSTOMER}
    common |= {"utterance": 1, "text": text, "start_ms": 100}
    return TranscriptFinal(**common, end_ms=900) if final else TranscriptPartial(**common)


def play(view: LiveView, *events: AnyEvent) -> list[Change]:
    return [change for event in events for change in view.handle(event, event.at).changes]


def for_mei(changes: list[Change]) -> list[live.Message]:
    return [change.message for change in changes if change.agents is None or MEI in change.agents]


def me(role: str) -> Me:
    agent = MEI if role == "agent" else None
    may = tuple(sorted(rights_of({}, cast(Role, role)).permissions))
    return Me(user_id=UserId("u"), username="u", name="U", role=cast(Role, role), agent_id=agent, language="en", permissions=may)


def seen_by(view: LiveView, role: str) -> live.Snapshot:
    sight = Sight(agent_id=MEI) if role == "agent" else Sight(board=True)
    return view.snapshot(me(role), SYSTEM, sight)
