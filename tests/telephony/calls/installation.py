"""An installation as call control sees it: what happens to it, and what it wants done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from core.causes import EndCause
from core.commands import (
    AnyCommand,
    EnqueueWork,
    MixRecording,
    SetMix,
    TalkWith,
)
from core.events import (
    AnyEvent,
    LegAnswered,
    LegConnected,
    LegEnded,
    LegOffered,
    OfferAccepted,
    WorkEnqueued,
)
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, OfferId, QueueId, WorkId
from core.model import Channel, LegKind, LegPurpose, LegSnapshot
from core.parties import PartyState
from core.ports import NumberEntry
from telephony.calls.actions import Ask, AskAcd, Batch, LookUpNumber, Publish, StartText, StopText
from telephony.calls.call import Call, Phase, party_id
from telephony.calls.control import CallControl
from tests.peers import digits

NODE = NodeId("node_1")
CALL = CallId("call_1")
CUSTOMER = LegId("leg_customer")
MEI = AgentId("agent_mei")
MEI_LEG = LegId("leg_mei")
MUSIC = "prompts/music.wav"
RINGING = "prompts/ringing.wav"
T = TypeVar("T")


@dataclass
class Installation:
    """An installation as seen by call control: drives it, and keeps what it asked for."""

    control: CallControl = field(default_factory=lambda: CallControl(MUSIC, RINGING, pass_digit_on=digits.passed_on))
    now: float = 1000.0
    commands: list[AnyCommand] = field(default_factory=list)
    events: list[AnyEvent] = field(default_factory=list)
    texts: list[StartText | StopText] = field(default_factory=list)
    in_line: list[EnqueueWork] = field(default_factory=list)
    """What the ACD was asked for."""
    looked_up: list[str] = field(default_factory=list)
    offers: int = 0

    def take(self, batches: list[Batch]) -> None:
        for action in (action for batch in batches for action in batch.actions):
            match action:
                case Ask():
                    self.commands.append(action.command)
                case AskAcd():
                    self.in_line.append(action.command)
                case Publish():
                    self.events.append(action.event)
                case LookUpNumber():
                    self.looked_up.append(action.called)
                case StartText() | StopText():
                    self.texts.append(action)

    def happens(self, event: AnyEvent) -> None:
        self.take(self.control.handle(event, self.now))

    def forget(self) -> None:
        self.commands.clear()
        self.events.clear()
        self.texts.clear()
        self.in_line.clear()

    def caller_rings(self, call: CallId = CALL, leg: LegId = CUSTOMER) -> None:
        self.happens(
            LegOffered(
                at=self.now, call_id=call, leg_id=leg, node_id=NODE, kind=LegKind.SIP, caller="+442079460180", called="1000"
            )
        )

    def number_is_known(self, call: CallId = CALL) -> None:
        entry = NumberEntry(number="1000", flow_id=FlowId("flow_demo"))
        self.take(self.control.number_found(call, entry, self.now))

    def is_answered(self, call: CallId = CALL, leg: LegId = CUSTOMER) -> None:
        self.happens(LegAnswered(at=self.now, call_id=call, leg_id=leg, codec="PCMU"))

    def waits(self, call: CallId = CALL) -> None:
        self.happens(
            WorkEnqueued(
                at=self.now,
                work_id=WorkId(f"work_{call}"),
                call_id=call,
                channel=Channel.CALL,
                queue_id=QueueId("queue_billing"),
                customer_id=None,
                priority=0,
                position=1,
            )
        )

    def agent_is_up(self, leg: LegId = MEI_LEG) -> None:
        self.happens(LegConnected(at=self.now, leg_id=leg, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI))

    def agent_accepts(self, call: CallId = CALL, offer: int | None = None) -> None:
        """Another offer each time, unless it is named."""
        self.offers += offer is None
        self.happens(
            OfferAccepted(
                at=self.now,
                offer_id=OfferId(f"offer_{offer or self.offers}"),
                work_id=WorkId(f"work_{call}"),
                call_id=call,
                queue_id=QueueId("queue_billing"),
                agent_id=MEI,
                waited_s=7.0,
            )
        )

    def hold(self, held: bool, agent: AgentId = MEI, call: CallId = CALL) -> list[Batch] | str:
        """Talk with nobody, or with the customer alone."""
        customer = party_id("customer", call)
        wish = TalkWith(call_id=call, agent_id=agent, party_ids=() if held else (customer,))
        return self.control.talk_with(wish, self.now)

    def holds(self, held: bool) -> None:
        self.take(done(self.hold(held)))

    def customer_goes(self, call: CallId = CALL, leg: LegId = CUSTOMER) -> None:
        self.happens(
            LegEnded(
                at=self.now,
                leg_id=leg,
                node_id=NODE,
                call_id=call,
                purpose=LegPurpose.CALLER,
                cause=EndCause.CALLER_HUNG_UP,
            )
        )

    def agent_leg_drops(self, leg: LegId = MEI_LEG) -> None:
        self.happens(
            LegEnded(
                at=self.now,
                leg_id=leg,
                node_id=NODE,
                call_id=None,
                purpose=LegPurpose.AGENT,
                agent_id=MEI,
                cause=EndCause.MEDIA_TIMEOUT,
            )
        )

    @property
    def mix(self) -> SetMix:
        """The last one."""
        return self.asked(SetMix)[-1]

    @property
    def recording(self) -> MixRecording:
        (recording,) = self.mix.recordings
        return recording

    def asked(self, kind: type[T]) -> list[T]:
        return [command for command in self.commands if isinstance(command, kind)]

    def told(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


def done(decided: list[Batch] | str) -> list[Batch]:
    """Of a wish that is granted."""
    assert not isinstance(decided, str), decided
    return decided


def stands(call: Call) -> str:
    """As people would say it."""
    if call.phase is not Phase.CONVERSATION:
        return call.phase.value
    assert call.agent is not None
    return "talking" if call.is_talking else "agent away" if call.agent.state is PartyState.AWAY else "held"


def both_talk(agent_leg: LegId = MEI_LEG) -> dict[LegId, tuple[LegId, ...]]:
    return {CUSTOMER: (agent_leg,), agent_leg: (CUSTOMER,)}


def snapshot(leg: LegId, purpose: LegPurpose) -> LegSnapshot:
    return LegSnapshot(
        leg_id=leg,
        call_id=CALL if purpose is LegPurpose.CALLER else None,
        kind=LegKind.SIP if purpose is LegPurpose.CALLER else LegKind.BROWSER,
        purpose=purpose,
        agent_id=MEI if purpose is LegPurpose.AGENT else None,
        answered=True,
    )
