"""Whose last sign-in is over loses the audio leg: at once, or with the call that is on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import pytest

from core.causes import EndCause
from core.commands import Answer, AnyCommand, HandBackCall, HangUpLeg, SetAgentState
from core.events import AnyEvent, CallEnded, CallHandedBack, CallTransferred, PartyLeft, SessionEnd, SessionsEnded
from core.ids import AgentId, CallId, LegId, NodeId, OfferId, PartyId, QueueId, UserId, WorkId
from core.model import AgentState, LegKind
from core.parties import PartyState, Role, moved
from core.partitions import calls_of
from core.ports import Unavailable, ok, refused
from server.agents_without_session import AgentsWithoutSession
from server.living import Saved
from telephony.calls.call import AgentLeg, Call, Phase, agent_of, customer_of
from tests.peers.memory_bus import MemoryBus

MEI, USER, NODE, LEG, CALL = AgentId("agent_mei"), UserId("user_mei"), NodeId("node_1"), LegId("leg_mei"), CallId("call_1")
ENDED = SessionsEnded(at=1.0, user_id=USER, agent_id=MEI, reason=SessionEnd.DISABLED)
CALL_ENDED = CallEnded(at=9.0, call_id=CALL, cause=EndCause.CALLER_HUNG_UP, started_at=0.0, agent_id=MEI)


def call_in(phase: Phase) -> Call:
    customer, agent = (PartyState.JOINED if phase is Phase.CONVERSATION else PartyState.INVITING), PartyState.JOINED
    return Call(
        call_id=CALL,
        node_id=NODE,
        kind=LegKind.SIP,
        caller="+442079460180",
        called="1000",
        display_name="",
        customer_token=None,
        customer_leg=LegId("leg_customer"),
        phase=phase,
        parties=(
            customer_of(CALL, LegId("leg_customer"), customer, 0.0),
            moved(agent_of(OfferId("offer_1"), MEI, WorkId("work_1"), QueueId("queue_1")), agent, leg_id=LEG),
        ),
        offered_at=0.0,
        deadline=1e9,
    )


@dataclass
class Sessions:
    left: list[bytes] = field(default_factory=list)

    async def of(self, user_id: UserId) -> list[bytes]:
        return self.left if user_id == USER else []


class Recorded(MemoryBus):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, AnyCommand]] = []

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        self.sent.append((addressee, command))
        return ok()


SIGN_OUT = ("acd", SetAgentState(agent_id=MEI, state=AgentState.SIGNED_OUT))
HAND_BACK = (calls_of(CALL), HandBackCall(call_id=CALL, agent_id=MEI))
HANG_UP = ("node:node_1", HangUpLeg(leg_id=LEG, cause=EndCause.AGENT_SIGNED_OUT))


def service(bus: Recorded, *calls: Call, sessions: Sessions | None = None) -> AgentsWithoutSession:
    """After a start, with Mei's audio and these calls."""
    made = AgentsWithoutSession(sessions or Sessions(), bus)
    legs = {MEI: AgentLeg(agent_id=MEI, leg_id=LEG, node_id=NODE)}
    made.restore(Saved({call.call_id: call for call in calls}, legs))
    return made


async def test_without_a_call_it_ends_at_once() -> None:
    bus = Recorded()
    await service(bus).handle(ENDED)
    assert bus.sent == [SIGN_OUT, HANG_UP]


async def test_queues_that_are_away_are_asked_again() -> None:
    """Silence was taken for a refusal: the agent stayed available until the browser was missed."""

    class Silent(Recorded):
        async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
            return refused(f"{addressee} did not answer in time")

    with pytest.raises(Unavailable):
        await service(Silent()).handle(ENDED)


HANDED_BACK = CallHandedBack(at=9.0, call_id=CALL, work_id=WorkId("work_1"), agent_id=MEI, queue_id=QueueId("queue_1"))


@pytest.mark.parametrize(
    "reason", [SessionEnd.SIGNED_OUT, SessionEnd.DISABLED, SessionEnd.ROLE_CHANGED, SessionEnd.ENDED, SessionEnd.EXPIRED]
)
async def test_in_conversation_the_customer_is_handed_back_first(reason: SessionEnd) -> None:
    """The desk went with the sign-in: the customer heard music for half a minute, and then nothing."""
    bus = Recorded()
    made = service(bus, call_in(Phase.CONVERSATION))
    await made.handle(msgspec.structs.replace(ENDED, reason=reason))
    assert bus.sent == [SIGN_OUT, HAND_BACK]
    await made.handle(HANDED_BACK)
    assert bus.sent == [SIGN_OUT, HAND_BACK, HANG_UP]


HANDED_ON = CallTransferred(
    at=9.0,
    call_id=CALL,
    work_id=WorkId("work_1"),
    agent_id=MEI,
    to_work_id=WorkId("work_2"),
    queue_id=QueueId("queue_1"),
)
LEFT = PartyLeft(at=9.0, call_id=CALL, party_id=PartyId("party_agent_1"), role=Role.CONSULTANT, cause=EndCause.AGENT_HUNG_UP)


@pytest.mark.parametrize("last", [CALL_ENDED, HANDED_ON, LEFT])
async def test_who_changed_the_password_talks_on(last: AnyEvent) -> None:
    bus = Recorded()
    made = service(bus, call_in(Phase.CONVERSATION))
    await made.handle(msgspec.structs.replace(ENDED, reason=SessionEnd.PASSWORD_CHANGED))
    assert bus.sent == [SIGN_OUT]
    await made.handle(last)
    await made.handle(last)
    assert bus.sent == [SIGN_OUT, HANG_UP]


async def test_while_a_customer_is_dialled_it_ends_with_that_call() -> None:
    bus = Recorded()
    made = service(bus, call_in(Phase.DIALLING))
    await made.handle(ENDED)
    assert bus.sent == [SIGN_OUT, HAND_BACK]
    await made.handle(CALL_ENDED)
    await made.handle(CALL_ENDED)
    assert bus.sent == [SIGN_OUT, HAND_BACK, HANG_UP]


async def test_who_has_signed_in_again_meanwhile_keeps_it() -> None:
    bus, sessions = Recorded(), Sessions()
    made = service(bus, call_in(Phase.DIALLING), sessions=sessions)
    await made.handle(ENDED)
    sessions.left.append(b"a new one")
    await made.handle(CALL_ENDED)
    assert bus.sent == [SIGN_OUT, HAND_BACK]
