"""Call control and the queues together, as they run: each at its own pace, from one stream of events, with every wish on its way.

Nothing here decides. What is published waits until each of the two comes to read it; what call control wants done waits in each
call's mailbox; an answer of the queues may be lost. `settle` lets everything arrive.
"""

from __future__ import annotations

from collections import deque

from acd.engine.engine import Engine
from acd.model.refusals import Refused, Repeated
from acd.model.work import Work, WorkState
from core.causes import EndCause, WorkEnd
from core.commands import (
    AcceptOffer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EnqueueWork,
    SetAgentReachable,
    SetAgentState,
)
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    LegAnswered,
    LegConnected,
    LegEnded,
    LegOffered,
    PartyJoined,
    PartyLeft,
    WorkEnded,
)
from core.ids import AgentId, CallId, FlowId, LegId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, LegKind, LegPurpose, LegSnapshot, QueueConfig, UnreachableReason
from core.parties import Role
from core.ports import NumberEntry
from telephony.calls.actions import AskAcd, Batch, Publish
from telephony.calls.call import Call
from telephony.calls.control import CallControl
from tests.peers import digits
from tests.telephony.calls.installation import MUSIC, NODE, RINGING

ANN, BOB, CYD = AGENTS = [AgentId(f"agent_{name}") for name in ("ann", "bob", "cyd")]
BILLING, REPAIRS = QUEUES = [QueueId("queue_billing"), QueueId("queue_repairs")]
WRAP_UP_S = 20.0


class Center:
    """Owns both, the stream between them, and what is on its way."""

    def __init__(self) -> None:
        self.now = 1_780_000_000.0
        self.control = CallControl(MUSIC, RINGING, pass_digit_on=digits.passed_on)
        self.engine = Engine()
        self.stream: list[AnyEvent] = []
        self.read_by_control = self.read_by_engine = self.read_by_flows = 0
        self.mailboxes: dict[CallId | None, deque[Batch]] = {}
        self.flows: dict[CallId, WorkId] = {}
        """Callers in whose flow some work waits."""
        self.ended_work: dict[WorkId, WorkEnd] = {}
        self.calls = 0
        self.legs: dict[AgentId, LegId] = {}
        self.count = 0
        queues = tuple(
            QueueConfig(queue_id=queue_id, name=queue_id, ring_timeout_s=15.0, wrap_up_limit_s=WRAP_UP_S, max_wait_s=300.0)
            for queue_id in QUEUES
        )
        self.says(ConfigureAcd(queues=queues, agents=tuple(AgentConfig(agent_id=agent, name=agent) for agent in AGENTS)))

    # ── on its way ────────────────────────────────────────────────────────────────────────────────────────────

    def says(self, message: AnyCommand | AnyEvent) -> str | None:
        """To the queues; why not, if they refuse."""
        try:
            self.stream += self.engine.handle(message, self.now)
        except Repeated:
            return None
        except Refused as refusal:
            return refusal.code
        return None

    def take(self, batches: list[Batch] | str) -> bool:
        if isinstance(batches, str):
            return False
        for batch in batches:
            self.mailboxes.setdefault(batch.call_id, deque()).append(batch)
        return True

    def control_reads(self) -> bool:
        if self.read_by_control >= len(self.stream):
            return False
        event = self.stream[self.read_by_control]
        self.read_by_control += 1
        self.take(self.control.handle(event, self.now))
        return True

    def engine_reads(self) -> bool:
        if self.read_by_engine >= len(self.stream):
            return False
        event = self.stream[self.read_by_engine]
        self.read_by_engine += 1
        concerns = isinstance(event, CallConnected | CallHandedBack | CallTransferred | CallEnded)
        if concerns or (isinstance(event, PartyJoined | PartyLeft) and event.role is Role.CONSULTANT):
            self.says(event)
        return True

    def flows_read(self) -> bool:
        if self.read_by_flows >= len(self.stream):
            return False
        event = self.stream[self.read_by_flows]
        self.read_by_flows += 1
        match event:
            case CallStarted():
                self._waits(event.call_id)
            case CallHandedBack():
                self.flows[event.call_id] = event.work_id
            case CallTransferred(to_agent_id=None):
                self.flows[event.call_id] = event.to_work_id
            case CallConnected() | CallEnded():
                self.flows.pop(event.call_id, None)
            case WorkEnded() if event.cause is not WorkEnd.SERVED:
                self.ended_work[event.work_id] = event.cause
            case _:
                pass
        return True

    def flow_goes_on(self, call_id: CallId) -> bool:
        """Its work has ended: it says goodbye."""
        if self.ended_work.get(self.flows.get(call_id, WorkId(""))) is None:
            return False
        del self.flows[call_id]
        return self.take(self.control.end(call_id, EndCause.FLOW_HUNG_UP, self.now))

    def _waits(self, call_id: CallId) -> None:
        work_id = WorkId(f"work_of_{call_id}")
        self.flows[call_id] = work_id
        self.says(EnqueueWork(work_id=work_id, call_id=call_id, channel=Channel.CALL, queue_id=BILLING))

    def acts(self, call_id: CallId | None, *, lost_before: bool = False, lost_after: bool = False) -> bool:
        """Does the next action of a call: without the queues being asked, or their answer being heard, if so."""
        mailbox = self.mailboxes.get(call_id)
        if not mailbox:
            return False
        batch = mailbox.popleft()
        if not batch.actions:
            return self.acts(call_id, lost_before=lost_before, lost_after=lost_after)
        action, rest = batch.actions[0], Batch(call_id=batch.call_id, actions=batch.actions[1:])
        mailbox.appendleft(rest)
        if isinstance(action, Publish):
            self.stream.append(action.event)
        elif isinstance(action, AskAcd):
            refusal = "silent" if lost_before else self.says(action.command)
            if lost_after or refusal is not None:
                mailbox.popleft()
                assert call_id is not None
                self.take(self.control.not_in_line(call_id, action.command, self.now))
        return True

    def settle(self) -> None:
        """Everything that is on its way arrives."""
        for _ in range(10_000):
            moved = self.control_reads() | self.engine_reads() | self.flows_read()
            moved |= bool(sum(self.acts(call_id) for call_id in list(self.mailboxes)))
            moved |= bool(sum(self.flow_goes_on(call_id) for call_id in list(self.flows)))
            if not moved:
                return
        raise AssertionError("it never comes to rest")

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.stream += self.engine.handle_timer(self.now)
        self.take(self.control.handle_timer(self.now))

    def restarts(self, again: int) -> None:
        """Call control is killed: what it had decided is saved with what it tells of it, what it asked for is gone, the last
        events come again."""
        self.now += 3.0
        before = self.control
        self.control = CallControl(MUSIC, RINGING, pass_digit_on=digits.passed_on)
        self.control.restore(before.calls.values(), before.agent_legs.values())
        actions = [action for mailbox in self.mailboxes.values() for batch in mailbox for action in batch.actions]
        self.stream += [action.event for action in actions if isinstance(action, Publish)]
        self.mailboxes.clear()
        self.read_by_control = max(0, self.read_by_control - again)
        legs = [
            LegSnapshot(
                leg_id=call.customer_leg,
                call_id=call.call_id,
                kind=LegKind.SIP,
                purpose=LegPurpose.CALLER,
                agent_id=None,
                answered=True,
            )
            for call in before.calls.values()
        ]
        legs += [
            LegSnapshot(
                leg_id=leg_id, call_id=None, kind=LegKind.BROWSER, purpose=LegPurpose.AGENT, agent_id=agent_id, answered=True
            )
            for agent_id, leg_id in self.legs.items()
        ]
        self.take(self.control.reconcile(NODE, legs, self.now))

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────

    def comes(self, agent: AgentId) -> None:
        """With audio, and free."""
        self.connects(agent)
        self.says(SetAgentState(agent_id=agent, state=AgentState.AVAILABLE))

    def connects(self, agent: AgentId) -> None:
        self.count += 1
        leg_id = self.legs[agent] = LegId(f"leg_{agent}_{self.count}")
        self.stream.append(LegConnected(at=self.now, leg_id=leg_id, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=agent))
        self.says(SetAgentReachable(agent_id=agent, channel=Channel.CALL, reachable=True))

    def loses_connection(self, agent: AgentId) -> None:
        leg_id = self.legs.pop(agent, None)
        if leg_id is not None:
            cause = EndCause.MEDIA_TIMEOUT
            ended = LegEnded(
                at=self.now, leg_id=leg_id, node_id=NODE, call_id=None, purpose=LegPurpose.AGENT, agent_id=agent, cause=cause
            )
            self.stream.append(ended)
        reason = UnreachableReason.NOT_CONNECTED
        self.says(SetAgentReachable(agent_id=agent, channel=Channel.CALL, reachable=False, reason=reason))

    def signs_out(self, agent: AgentId) -> None:
        self.says(SetAgentState(agent_id=agent, state=AgentState.SIGNED_OUT))
        self.take(self.control.hand_back(agent, self.now))

    def rings(self) -> CallId:
        """Somebody calls, is answered, and waits for billing."""
        self.calls += 1
        call_id, leg_id = CallId(f"call_{self.calls}"), LegId(f"leg_customer_{self.calls}")
        offered = LegOffered(
            at=self.now, call_id=call_id, leg_id=leg_id, node_id=NODE, kind=LegKind.SIP, caller="+442079460180", called="1000"
        )
        self.take(self.control.handle(offered, self.now))
        entry = NumberEntry(number="1000", flow_id=FlowId("flow_demo"))
        self.take(self.control.number_found(call_id, entry, self.now))
        answered = LegAnswered(at=self.now, call_id=call_id, leg_id=leg_id, codec="PCMU")
        self.take(self.control.handle(answered, self.now))
        while self.acts(call_id):  # a flow that was not begun begins after a restart: `ivr/taking_back.py`
            pass
        return call_id

    def customer_hangs_up(self, call: Call) -> None:
        self.stream.append(
            LegEnded(
                at=self.now,
                leg_id=call.customer_leg,
                node_id=NODE,
                call_id=call.call_id,
                purpose=LegPurpose.CALLER,
                cause=EndCause.CALLER_HUNG_UP,
            )
        )

    def answers(self, agent: AgentId, declines: bool = False) -> bool:
        """What rings at this agent, if anything does."""
        for work_id in self.engine.registry.agents[agent].work:
            work = self.engine.registry.work_items[work_id]
            for offer in work.offers.values():
                if offer.agent_id == agent and work.state is WorkState.OFFERED:
                    kind = DeclineOffer if declines else AcceptOffer
                    return self.says(kind(offer_id=offer.offer_id, agent_id=agent)) is None
        return False

    def new_work(self) -> WorkId:
        self.count += 1
        return WorkId(f"work_{self.count}")

    # ── what is so ────────────────────────────────────────────────────────────────────────────────────────────

    def works(self, call_id: CallId) -> list[Work]:
        return self.engine.registry.works_of_call(call_id)

    def work(self, work_id: WorkId | None) -> Work | None:
        return self.engine.registry.work_items.get(work_id or WorkId(""))
