"""The invariants of `acd/engine/engine.py`, checked after every step of random days.

Two engines live the same day: one without a break, one that is restored from a snapshot again and again. They must say the same.
The checks look at the records only, never at the indexes, so that a wrong index is found.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from acd.engine.engine import Engine
from acd.model.agents import Agent
from acd.model.refusals import Refused
from acd.model.work import IN_LINE, Offer, Work, WorkState
from acd.rules.capacity import MAY_ARRIVE_DURING, VOICE
from acd.rules.conditions import parse
from core.causes import EndCause
from core.commands import (
    AcceptOffer,
    AnyCommand,
    DeclineOffer,
    EndWork,
    EnqueueWork,
    FinishWrapUp,
    MoveWork,
    ReprioritiseWork,
    RequestCallback,
    SetAgentReachable,
    SetAgentState,
    WithdrawWork,
)
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    OfferAccepted,
    OfferMade,
    OfferWithdrawn,
    WorkEnded,
    WorkEnqueued,
    WorkHandedBack,
    WorkMoved,
)
from core.ids import AgentId, CallId, CustomerId, LegId, OfferId, QueueId, WorkId
from core.model import AgentState, Channel, Purpose, QueueConfig, SkillRequirement, WorkRecord
from tests.acd.colleague_moves import PICK, ColleagueMoves
from tests.acd.contact_center import MORNING, needs
from tests.acd.random_installation import AGENTS, QUEUES, installation

CHANNELS = st.sampled_from([Channel.CALL, Channel.CALL, Channel.CHAT, Channel.TICKET])
LEVELS = st.lists(st.integers(0, 5), min_size=4, max_size=4)
AGEING = st.sampled_from([0.0, 1.0])
PRIORITY = st.sampled_from([0.0, 0.0, 2.0])
HELD = {AgentState.OFFERED: WorkState.OFFERED, AgentState.WRAP_UP: WorkState.WRAP_UP}
WITH_AGENT = {WorkState.ACCEPTED, WorkState.ACTIVE, WorkState.WRAP_UP}


def asked_now(config: QueueConfig, steps: int) -> tuple[tuple[SkillRequirement, ...], str]:
    """Requirements and condition after so many steps, told step by step."""
    requirements, condition = config.requirements, config.condition
    for step in config.steps[:steps]:
        if step.overflow_to is None:
            requirements = step.requirements if step.requirements is not None else requirements
            condition = step.condition if step.condition is not None else condition
    return requirements, condition


def attempt(engine: Engine, message: AnyCommand | AnyEvent, now: float) -> tuple[list[AnyEvent], str]:
    """The events, or the code of the refusal."""
    try:
        return engine.handle(message, now), ""
    except Refused as refusal:
        return [], refusal.code


class Day(ColleagueMoves):
    """Anything may happen at any time; some of it late, repeated or by the wrong one."""

    installation = staticmethod(installation)
    """The rules of the day, by chance."""

    def __init__(self) -> None:
        super().__init__()
        self.live = Engine()
        self.broken = Engine()
        self.now = MORNING
        self.count = 0
        self.enqueued: list[WorkId] = []
        self.ended: Counter[WorkId] = Counter()
        self.seen: Counter[type] = Counter()
        self.winners: defaultdict[WorkId, set[OfferId]] = defaultdict(set)
        self.told: list[tuple[AnyEvent, dict[QueueId, QueueConfig]]] = []
        """Everything the engine said, each with the rules that held then."""
        self.records: list[WorkRecord] = []
        self.offers: set[OfferId] = set()

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────────

    @initialize(levels=LEVELS, ageing=AGEING, free=st.integers(0, 4))
    def opens(self, levels: list[int], ageing: float, free: int) -> None:
        self.says(self.installation(levels, ageing))
        for agent_id in AGENTS:
            self.says(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True))
        for agent_id in AGENTS[:free]:
            self.agent_is_free(agent_id)

    @rule(levels=LEVELS, ageing=AGEING, without=st.integers(0, 9))
    def installation_changes(self, levels: list[int], ageing: float, without: int) -> None:
        """Skills change while everybody works; now and then an agent or a queue goes away or comes back."""
        self.says(self.installation(levels, ageing, without))

    @rule(
        queue_id=st.sampled_from(QUEUES), channel=CHANNELS, priority=PRIORITY, level=st.integers(0, 5), together=st.integers(1, 3)
    )
    def customers_arrive(self, queue_id: QueueId, channel: Channel, priority: float, level: int, together: int) -> None:
        for _ in range(together):
            self.count += 1
            work_id = WorkId(f"work_{self.count}")
            command = EnqueueWork(
                work_id=work_id,
                call_id=CallId(f"call_{self.count}") if channel is Channel.CALL else None,
                channel=channel,
                queue_id=queue_id,
                priority=priority,
                requirements=needs({"billing": level} if level > 3 else {}),
                preferred_agent=AGENTS[level % 4] if level < 2 else None,
                customer_id=CustomerId(f"cust_{self.count % 5}"),
            )
            if self.says(command):
                self.enqueued.append(work_id)

    @rule(agent_id=st.sampled_from(AGENTS))
    def agent_is_free(self, agent_id: AgentId) -> None:
        self.says(SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE))

    @rule(agent_id=st.sampled_from(AGENTS), state=st.sampled_from([AgentState.AWAY, AgentState.SIGNED_OUT]))
    def agent_leaves(self, agent_id: AgentId, state: AgentState) -> None:
        self.says(SetAgentState(agent_id=agent_id, state=state))

    @rule(agent_id=st.sampled_from(AGENTS), channel=CHANNELS, reachable=st.booleans())
    def audio_changes(self, agent_id: AgentId, channel: Channel, reachable: bool) -> None:
        self.says(SetAgentReachable(agent_id=agent_id, channel=channel, reachable=reachable, reason="test"))

    @rule(seconds=st.sampled_from([0.0, 1.0, 5.0, 10.0, 20.0, 30.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        while (deadline := self.live.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.note(self.live.handle_timer(self.now), self.broken.handle_timer(self.now))
        self.now = end

    @precondition(lambda self: self.ringing())
    @rule(pick=PICK, connected=st.booleans())
    def agent_accepts(self, pick: int, connected: bool) -> None:
        offer, work = self.pick_ringing(pick)
        self.says(AcceptOffer(offer_id=offer.offer_id, agent_id=offer.agent_id))
        if connected and work.call_id is not None:
            self.says(self.connection(work, offer.agent_id))

    @precondition(lambda self: self.ringing())
    @rule(pick=PICK)
    def agent_declines(self, pick: int) -> None:
        offer, _ = self.pick_ringing(pick)
        self.says(DeclineOffer(offer_id=offer.offer_id, agent_id=offer.agent_id))

    @precondition(lambda self: self.ringing())
    @rule(pick=PICK, agent_id=st.sampled_from(AGENTS), known=st.booleans(), yes=st.booleans())
    def somebody_else_clicks(self, pick: int, agent_id: AgentId, known: bool, yes: bool) -> None:
        offer, _ = self.pick_ringing(pick)
        offer_id = offer.offer_id if known else OfferId("offer_never")
        self.says(
            AcceptOffer(offer_id=offer_id, agent_id=agent_id) if yes else DeclineOffer(offer_id=offer_id, agent_id=agent_id)
        )

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, agent_id=st.sampled_from(AGENTS))
    def call_control_connects(self, pick: int, agent_id: AgentId) -> None:
        """Often too late, or for somebody else."""
        work = self.pick_work(pick)
        if work.call_id is not None:
            self.says(self.connection(work, work.agent_id or agent_id))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, cause=st.sampled_from(list(EndCause)))
    def call_ends(self, pick: int, cause: EndCause) -> None:
        work = self.pick_work(pick)
        if work.call_id is not None:
            self.says(CallEnded(at=self.now, call_id=work.call_id, cause=cause, started_at=self.now))

    @rule(ahead=st.integers(-3, 1))
    def call_ends_unexpectedly(self, ahead: int) -> None:
        """One that has already ended, was never queued, or whose work is still on its way."""
        call_id = CallId(f"call_{self.count + ahead}")
        self.says(CallEnded(at=self.now, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=self.now))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, abandoned=st.booleans())
    def work_is_ended(self, pick: int, abandoned: bool) -> None:
        self.says(EndWork(work_id=self.pick_work(pick).work_id, abandoned=abandoned))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, queue_id=st.sampled_from(QUEUES), what=st.integers(0, 9))
    def supervisor_acts(self, pick: int, queue_id: QueueId, what: int) -> None:
        work_id = self.pick_work(pick).work_id
        if what < 5:
            self.says(MoveWork(work_id=work_id, queue_id=queue_id, by="user_sup"))
        elif what < 8:
            self.says(ReprioritiseWork(work_id=work_id, priority=float(what - 5), by="user_sup"))
        elif what == 8:
            self.says(WithdrawWork(work_id=work_id, reason="test", by="user_sup"))
        else:
            agent_id = AGENTS[pick % len(AGENTS)]
            self.says(SetAgentState(agent_id=agent_id, state=AgentState.AWAY, reason="talk", by="user_sup"))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK)
    def caller_wants_to_be_called_back(self, pick: int) -> None:
        self.says(RequestCallback(work_id=self.pick_work(pick).work_id))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK)
    def wrap_up_is_written(self, pick: int) -> None:
        """Often before there is one to write."""
        work = self.pick_work(pick)
        self.says(FinishWrapUp(work_id=work.work_id, agent_id=work.agent_id or AGENTS[0]))

    @precondition(lambda self: self.enqueued)
    @rule()
    def messages_come_twice(self) -> None:
        work_id = self.enqueued[-1]
        self.says(EnqueueWork(work_id=work_id, call_id=None, channel=Channel.CHAT, queue_id=QUEUES[0]))
        self.says(EndWork(work_id=WorkId("work_never"), abandoned=True))

    @rule()
    def restart(self) -> None:
        """Invariant 7."""
        snapshot = self.broken.snapshot()
        assert snapshot == self.live.snapshot()
        self.broken = Engine.restore(snapshot)
        assert self.broken.aside == (), "nothing that the engine itself wrote is set aside"
        assert self.broken.snapshot() == snapshot

    def teardown(self) -> None:
        """When everybody has gone home and time has passed, every piece of work has ended exactly once."""
        if not self.live.registry.agents:
            return
        for agent_id in AGENTS:
            self.says(SetAgentState(agent_id=agent_id, state=AgentState.SIGNED_OUT, reason="home"))
        self.time_passes(4 * 86400)
        assert self.live.registry.work_items == {}
        assert self.ended == Counter(self.enqueued)
        assert all(agent.shown.state is AgentState.SIGNED_OUT for agent in self.live.registry.agents.values())

    # ── both engines ──────────────────────────────────────────────────────────────────────────────────────────

    def says(self, message: AnyCommand | AnyEvent) -> bool:
        """Whether it changed something; a refusal must leave every byte as it was."""
        before = self.live.snapshot()
        events, code = attempt(self.live, message, self.now)
        restored, same_code = attempt(self.broken, message, self.now)
        assert code == same_code, "the restored engine accepts what the live one refuses"
        if code:
            assert self.live.snapshot() == before, f"{code} changed something"
        self.note(events, restored)
        return not code

    def note(self, events: list[AnyEvent], restored: list[AnyEvent]) -> None:
        assert events == restored, "the restored engine says something else"
        for event in events:
            self.seen[type(event)] += 1
            if isinstance(event, OfferMade):
                assert event.offer_id not in self.offers, "the name of another offer"
                self.offers.add(event.offer_id)
            if isinstance(event, WorkEnqueued) and self.ended[event.work_id]:
                assert event.purpose is Purpose.TRANSFER  # what was asked had ended just before: the customer waits with it
                del self.ended[event.work_id]
                self.winners[event.work_id].clear()
            self.told.append((event, self.live.registry.statistics.rules))
            if isinstance(event, WorkEnded | WorkMoved | WorkHandedBack) and event.record is not None:
                self.records.append(event.record)
            if isinstance(event, WorkEnded):
                self.ended[event.work_id] += 1
            elif isinstance(event, OfferAccepted):
                self.winners[event.work_id].add(event.offer_id)
            elif isinstance(event, OfferWithdrawn):
                self.winners[event.work_id].discard(event.offer_id)
            elif isinstance(event, WorkHandedBack):
                self.winners[event.work_id].clear()
            elif isinstance(event, OfferMade):
                self.came_in_order(event)

    def ringing(self) -> list[tuple[Offer, Work]]:
        work_items = [work for work in self.live.registry.work_items.values() if work.state is WorkState.OFFERED]
        return [(offer, work) for work in work_items for offer in work.offers.values()]

    def pick_ringing(self, pick: int) -> tuple[Offer, Work]:
        ringing = self.ringing()
        return ringing[pick % len(ringing)]

    def pick_work(self, pick: int) -> Work:
        """Odd picks prefer work that an agent has: else the line would hide it."""
        work_items = list(self.live.registry.work_items.values())
        taken = [work for work in work_items if work.agent_id is not None]
        return taken[pick % len(taken)] if taken and pick % 2 else work_items[pick % len(work_items)]

    def connection(self, work: Work, agent_id: AgentId) -> CallConnected:
        return CallConnected(
            at=self.now,
            call_id=work.call_id or CallId("call_never"),
            work_id=work.work_id,
            agent_id=agent_id,
            queue_id=work.queue_id,
            customer_leg=LegId("leg_c"),
            agent_leg=LegId("leg_a"),
            waited_s=0.0,
        )

    def check(self) -> None:
        """All invariants, for days that hypothesis does not drive."""
        self.no_agent_beyond_capacity()
        self.one_offer_per_work_and_per_agent()
        self.steps_are_taken_in_time()
        self.nobody_waits_alone_for_an_absent_agent()
        self.at_most_one_wins()
        self.no_free_agent_beside_waiting_work_that_fits()
        self.consultations_live_with_their_conversation()
        self.a_call_is_in_one_line_and_one_conversation()
        self.nobody_is_stuck()
        self.work_ends_at_most_once()
        self.board_agrees_with_the_records()

    # ── what must be true ─────────────────────────────────────────────────────────────────────────────────────

    def came_in_order(self, made: OfferMade) -> None:
        """Invariant 4: nothing that waits and fits this agent has a higher score, or the same and came before."""
        work = self.live.registry.work_items.get(made.work_id)
        agent = self.live.registry.agents.get(made.agent_id)
        if work is None or agent is None or made.offer_id not in work.offers:
            return
        if work.state is WorkState.ACTIVE:  # they talk already, as call control says: nobody chose
            return
        for other in self.waiting():
            could = self.audible(agent, other) and self.has_room(agent, other.channel, but=work.work_id)
            if could and self.fits(agent, other):
                behind = self.score(work) - self.score(other)
                assert behind > -1e-6, "less urgent work went first"
                assert behind > 1e-6 or other.arrival > work.arrival, "of equals the later one went first"

    def score(self, work: Work) -> float:
        """Priority with ageing, told independently of `acd/rules/priority.py`."""
        config = self.live.registry.queues[work.queue_id].config
        return config.priority + work.extra_priority + config.ageing_per_minute / 60 * (self.now - work.enqueued_at)

    def waiting(self) -> list[Work]:
        return [work for work in self.live.registry.work_items.values() if work.state is WorkState.WAITING]

    def fits(self, agent: Agent, work: Work) -> bool:
        """Whether this agent may be asked for this work now: able, has not refused it, and it does not wait for somebody else."""
        alone = work.alone_until is not None and agent.agent_id != work.preferred_agent
        asks = work.purpose is Purpose.CONSULTATION and agent.agent_id == work.asked_by
        return self.able(agent, work) and agent.agent_id not in work.skipped and not alone and not asks

    def able(self, agent: Agent, work: Work) -> bool:
        assigned = not agent.config.queues or work.queue_id in agent.config.queues
        requirements, condition = asked_now(self.live.registry.queues[work.queue_id].config, work.step)
        levels = {entry.skill: entry.level for entry in agent.config.skills}
        skilled = all(levels.get(need.skill, 0) >= need.level for need in (*requirements, *work.extra_requirements))
        facts_hold = not condition or parse(condition).holds(levels, agent.config.attributes)
        on_channel = agent.config.capacity.get(work.channel, 0) > 0
        if work.only_agent is not None:
            return agent.agent_id == work.only_agent and on_channel and not agent.removed
        return assigned and not agent.removed and skilled and facts_hold and on_channel

    def audible(self, agent: Agent, work: Work) -> bool:
        return (Channel.CALL if work.channel in VOICE else work.channel) not in agent.unreachable

    def serves(self, agent: Agent) -> bool:
        return agent.shown.state not in {AgentState.AWAY, AgentState.SIGNED_OUT}

    def has_room(self, agent: Agent, channel: Channel, but: WorkId | None = None) -> bool:
        """Whether one more fits beside what the agent holds, one piece aside."""
        held = Counter(of for work_id, of in agent.work.items() if work_id != but)
        declared = agent.config.interruptions.get(channel, {})
        usual = {other: 99 if other is channel or other in MAY_ARRIVE_DURING[channel] else 0 for other in Channel}
        beside = all(held[other] <= declared.get(other, usual[other]) for other in held)
        return beside and held[channel] < agent.config.capacity.get(channel, 0)

    @invariant()
    def no_agent_beyond_capacity(self) -> None:
        for agent in self.live.registry.agents.values():
            for channel, count in Counter(agent.work.values()).items():
                assert count <= agent.config.capacity[channel]

    @invariant()
    def one_offer_per_work_and_per_agent(self) -> None:
        assert all(count == 1 for count in Counter(offer.agent_id for offer, _ in self.ringing()).values())
        for work in self.live.registry.work_items.values():
            if work.state is WorkState.OFFERED:
                assert len(work.offers) == 1 or work.rings_all
                again = work.skipped.values() if work.rings_all else ()
                assert work.until == min([*(offer.expires_at for offer in work.offers.values()), *again])
            else:
                assert len(work.offers) == (work.state in WITH_AGENT)
                assert not work.rings_all

    @invariant()
    def steps_are_taken_in_time(self) -> None:
        """What is due has happened, what will be due has a deadline, and nobody is asked for in vain while others could serve."""
        for work in self.live.registry.work_items.values():
            config = self.live.registry.queues[work.queue_id].config
            if work.state not in IN_LINE or work.step >= len(config.steps) or work.only_agent is not None:
                continue
            step = config.steps[work.step]
            open_way = step.overflow_to in self.live.registry.queues and step.overflow_to not in (work.queue_id, *work.been_in)
            if open_way and work.state is WorkState.OFFERED:
                continue
            deadline = self.live.registry.deadlines.times()["route", work.work_id]
            assert self.now < work.enqueued_at + work.talked_s + step.after_s
            assert self.now <= deadline <= work.enqueued_at + work.talked_s + step.after_s
            if work.state is WorkState.WAITING and step.overflow_to is None and not self.somebody_serves(work):
                after = msgspec.structs.replace(work, step=work.step + 1)
                assert not self.somebody_serves(after)

    def somebody_serves(self, work: Work) -> bool:
        agents = self.live.registry.agents.values()
        return any(self.serves(agent) and self.awaited(agent, work) and self.able(agent, work) for agent in agents)

    def awaited(self, agent: Agent, work: Work) -> bool:
        """Audible, or silent for so short a time that nothing is given up for it."""
        return self.audible(agent, work) or (Channel.CALL if work.channel in VOICE else work.channel) not in agent.gone

    @invariant()
    def nobody_waits_alone_for_an_absent_agent(self) -> None:
        for work in self.waiting():
            if work.alone_until is not None:
                agent = self.live.registry.agents[work.preferred_agent or AgentId("")]
                assert self.now < work.alone_until
                assert self.serves(agent)
                assert self.awaited(agent, work)
                assert self.able(agent, work)
                assert agent.agent_id not in work.skipped

    @invariant()
    def at_most_one_wins(self) -> None:
        """Ring all or not: an accepted offer is the only one until it is taken back."""
        for work_id, winners in self.winners.items():
            assert len(winners) <= 1, f"{work_id} was accepted by {winners}"

    @invariant()
    def no_free_agent_beside_waiting_work_that_fits(self) -> None:
        for work in self.waiting():
            for agent in self.live.registry.agents.values():
                rung = agent.shown.state is AgentState.OFFERED
                could = agent.requested is AgentState.AVAILABLE and not rung and self.has_room(agent, work.channel)
                assert not (could and self.audible(agent, work) and self.fits(agent, work))

    @invariant()
    def nobody_is_stuck(self) -> None:
        """Invariant 6, and A7: a working agent has work with a deadline, a skipped agent is not skipped for ever."""
        deadlines = self.live.registry.deadlines.times()
        for work in self.live.registry.work_items.values():
            assert deadlines["work", work.work_id] == work.until >= self.now
            assert all(until <= self.now + 60 for until in work.skipped.values())
        for agent in self.live.registry.agents.values():
            states = {self.live.registry.work_items[work_id].state for work_id in agent.work}
            if agent.shown.state in HELD:
                assert HELD[agent.shown.state] in states
            elif agent.shown.state is AgentState.BUSY:
                assert states & {WorkState.ACCEPTED, WorkState.ACTIVE}
            else:
                assert not agent.work

    @invariant()
    def work_ends_at_most_once(self) -> None:
        assert all(count == 1 for count in self.ended.values())

    @invariant()
    def board_agrees_with_the_records(self) -> None:
        for queue_id, numbers in self.live.registry.statistics.numbers.queues.items():
            in_line = [
                w
                for w in self.live.registry.work_items.values()
                if w.queue_id == queue_id
                and w.state in {WorkState.WAITING, WorkState.OFFERED}
                and w.purpose is not Purpose.CONSULTATION
            ]
            assert numbers.waiting == len(in_line)
            assert numbers.ringing == sum(w.state is WorkState.OFFERED for w in in_line)
