"""The registry: every queue, agent and piece of work the engine knows, with their indexes.

The only place where records and indexes change together. It decides nothing: `matching.py` decides, `offers.py`,
`work_inputs.py` and `agent_inputs.py` say what an input means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TypeVar

import msgspec

from acd.model.agents import ABSENT, READY, REST, Agent, shown_state
from acd.model.deadlines import Deadlines
from acd.model.match_buckets import BucketKey, MatchBucket, MatchBuckets, Place, put, take
from acd.model.roster import Roster
from acd.model.work import IN_LINE, IllegalTransition, Work, WorkState
from acd.numbers.expected_wait import Estimate, Line, estimate
from acd.numbers.statistics import Numbers, Statistics
from acd.rules.priority import rank
from acd.rules.rules import Rules, rules_of
from acd.rules.skills import Requirements
from core.events import AgentStateChanged, AnyEvent, QueueMoved, WorkEnded, WorkHandedBack, WorkMoved
from core.ids import AgentId, CallId, CustomerId, OfferId, QueueId, SkillId, WorkId
from core.model import Channel, QueueConfig
from core.opening_hours import OpeningHours

K = TypeVar("K")

MOVED_EVERY_S = 1.0
"""Waiting flows hear of their position at most this often: a line of thousands would otherwise be told for each arrival."""

REMEMBER_S = 600.0
"""How long ended work and calls are remembered, against repeated and late messages."""


MAX_RULES = 4096
"""Combinations kept at hand; flows may ask for any skills."""


class Queue(msgspec.Struct, kw_only=True):
    """One queue and everyone in line, waiting or ringing, the next first."""

    config: QueueConfig
    retired: bool = False
    """No longer configured: takes nothing new and disappears with its last piece of work."""
    line: list[Place] = msgspec.field(default_factory=list)
    moved_at: float = 0.0
    """Last `QueueMoved`."""


class Memory(msgspec.Struct, kw_only=True):
    """Everything that survives a restart; the indexes are made from it."""

    queues: list[Queue] = msgspec.field(default_factory=list)
    agents: list[Agent] = msgspec.field(default_factory=list)
    work_items: list[Work] = msgspec.field(default_factory=list, name="works")
    arrivals: int = 0
    offers_made: int = 0
    last_agents: list[tuple[CustomerId, QueueId, AgentId, float]] = msgspec.field(default_factory=list)
    deadlines: list[tuple[tuple[str, str], float]] = msgspec.field(default_factory=list)
    ended_work: dict[WorkId, float] = msgspec.field(default_factory=dict, name="ended_works")
    ended_calls: dict[CallId, float] = msgspec.field(default_factory=dict)
    numbers: Numbers = msgspec.field(default_factory=Numbers)
    hours: dict[str, OpeningHours] = msgspec.field(default_factory=dict)


class Registry:
    """Owns the records. Whoever changes one calls `show` and `line_up` so that nothing is found stale.

    Invariant: work that has ended is in no line, no match bucket, no index and no agent's hands, so no view can name it.
    `drop_work` is the only way out, `line_up` the only writer of lines: a line holds exactly the work that `has_place`.
    """

    def __init__(self, memory: Memory, zone: tzinfo) -> None:
        self.queues = {queue.config.queue_id: queue for queue in memory.queues}
        self.agents = {agent.agent_id: agent for agent in memory.agents}
        self.work_items = {work.work_id: work for work in memory.work_items}
        self.arrivals = memory.arrivals
        self.offers_made = memory.offers_made
        """Running number of offers: who was asked longest ago."""
        self.last_agents = {(customer, queue): (agent, at) for customer, queue, agent, at in memory.last_agents}
        """Who last served a customer in a queue, and when; the oldest first."""
        self.hours = memory.hours
        """Opening hours by name; a queue without any is always open."""
        self.deadlines = Deadlines(dict(memory.deadlines))
        self.ended_work = memory.ended_work
        self.ended_calls = memory.ended_calls
        self.zone = zone
        """The company's: where its days begin, and its shifts."""
        self.statistics = Statistics(zone, memory.numbers)
        self.statistics.rules = {queue_id: queue.config for queue_id, queue in self.queues.items()}
        self.offers: dict[OfferId, WorkId] = {}
        self._works_of_call: dict[CallId, set[WorkId]] = {}
        self.buckets = MatchBuckets(Roster(self.agents.values()))
        self.available: dict[Channel, set[AgentId]] = {channel: set() for channel in Channel}
        self.bucket_of: dict[WorkId, MatchBucket] = {}
        """Of everything that can be matched."""
        self.callbacks_of: dict[CustomerId, dict[WorkId, None]] = {}
        """Callbacks that their customers asked for while waiting; not those that an agent promised for a time."""
        self._stands: dict[WorkId, tuple[QueueId, Place]] = {}
        """Where each piece of work in line stands, so that leaving never has to guess it."""
        self._rules: dict[tuple[QueueId, Requirements, int], Rules] = {}
        self.signed_in: set[AgentId] = set()
        """AVAILABLE, unreachable or with work: those who mean to serve."""
        self.present: dict[Channel, set[AgentId]] = {channel: set() for channel in Channel}
        """Of those, whom something of the channel can reach now: estimates count them."""
        self.awaited: dict[Channel, set[AgentId]] = {channel: set() for channel in Channel}
        """And those who were reachable a moment ago: routing steps are not taken early because a page is loaded anew."""
        self.fresh_agents: dict[AgentId, None] = {}
        """Could take more than before: matching looks at them."""
        self.fresh_work: dict[WorkId, None] = {}
        """Could go to more agents than before: matching looks at them."""
        self.to_route: dict[WorkId, None] = {}
        """May have a routing step to take: `routing.py` looks at them before any offer is made."""
        self.events: list[AnyEvent] = []
        self._moved: dict[QueueId, None] = {}
        self._index()

    def memory(self) -> Memory:
        """The records as they are now, in the order they came, so that equal floors are equal bytes."""
        return Memory(
            queues=list(self.queues.values()),
            agents=list(self.agents.values()),
            work_items=list(self.work_items.values()),
            arrivals=self.arrivals,
            offers_made=self.offers_made,
            last_agents=[(*key, *value) for key, value in self.last_agents.items()],
            deadlines=list(self.deadlines.times().items()),
            ended_work=self.ended_work,
            ended_calls=self.ended_calls,
            numbers=self.statistics.numbers,
            hours=self.hours,
        )

    def emit(self, event: AnyEvent) -> None:
        """Says what happened, and counts it; the end of a stay in a queue carries the record of it."""
        record = self.statistics.apply(event)
        if record is not None and isinstance(event, WorkEnded | WorkMoved | WorkHandedBack):
            event = msgspec.structs.replace(event, record=record)
        self.events.append(event)

    # ── agents ────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, agent: Agent, now: float, *, always: bool = False) -> None:
        """After any change to an agent or its work: the shown state, its event, and who is available for what."""
        shown = shown_state(agent, [self.work_items[work_id] for work_id in agent.work])
        if agent.show(shown, now) or always:
            self.emit(
                AgentStateChanged(
                    at=now,
                    agent_id=agent.agent_id,
                    state=shown.state,
                    reason=shown.reason,
                    since=agent.since,
                    until=shown.until,
                    queue_id=shown.queue_id,
                    work=shown.work,
                    by=agent.requested_by if shown.state in REST | READY else "",
                )
            )
        self._note_availability(agent)
        if agent.removed and not agent.work:
            self.drop_agent(agent)

    def drop_agent(self, agent: Agent) -> None:
        """A removed agent without work leaves the registry."""
        del self.agents[agent.agent_id]
        self.signed_in.discard(agent.agent_id)
        for ids in (*self.available.values(), *self.present.values(), *self.awaited.values()):
            ids.discard(agent.agent_id)
        self.deadlines.clear(("agent", agent.agent_id))
        self.fresh_agents.pop(agent.agent_id, None)

    def _note_availability(self, agent: Agent) -> None:
        agent_id = agent.agent_id
        serves = agent.shown.state not in ABSENT
        _set_member(self.signed_in, agent_id, serves)
        for channel in Channel:
            _set_member(self.present[channel], agent_id, serves and agent.reaches(channel))
            awaited = serves and agent.is_awaited(channel)
            if _set_member(self.awaited[channel], agent_id, awaited):
                self._route_again(agent_id, channel, awaited)
        open_channels = agent.open_channels()
        for channel, ids in self.available.items():
            if channel not in open_channels:
                ids.discard(agent_id)
            elif agent_id not in ids:
                ids.add(agent_id)
                self.fresh_agents[agent_id] = None

    def _route_again(self, agent_id: AgentId, channel: Channel, serves: bool) -> None:
        """Work that nobody reachable can serve takes its next step at once; work that waits for one who leaves waits for all."""
        for bucket in self.buckets.filled() if serves else self.buckets.filled_for(agent_id):
            if bucket.key.channel is not channel:
                continue
            stepped = bool(self.queues[bucket.key.queue_id].config.steps) and bucket.eligible.isdisjoint(self.awaited[channel])
            if stepped or (bucket.key.only == agent_id and not serves):
                self.to_route.update(dict.fromkeys(work_id for _, work_id in bucket.line))

    # ── lines ─────────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, work: Work) -> Place:
        config = self.queues[work.queue_id].config
        priority = config.priority + work.extra_priority
        return rank(priority, config.ageing_per_minute, work.enqueued_at, work.arrival), work.work_id

    def rules(self, work: Work) -> Rules:
        """What this work asks for now."""
        return self._rules_after(work.queue_id, work.extra_requirements, work.step)

    def skills_asked(self, work: Work) -> tuple[SkillId, ...]:
        """By whatever this work asks for now, sorted."""
        return tuple(sorted({requirement.skill for requirement in self.rules(work).requirements}))

    def _rules_after(self, queue_id: QueueId, own: Requirements, steps: int) -> Rules:
        key = (queue_id, own, steps)
        rules = self._rules.get(key)
        if rules is None:
            if len(self._rules) >= MAX_RULES:
                self._rules.clear()
            rules = self._rules[key] = rules_of(self.queues[queue_id].config, own, steps)
        return rules

    def bucket(self, work: Work) -> MatchBucket:
        """Where this work waits, or would wait, given its present rules."""
        bucket = self.bucket_of.get(work.work_id)
        if bucket is None:
            bucket = self.buckets.bucket(self._bucket_key(work))
        return bucket

    def _bucket_key(self, work: Work) -> BucketKey:
        if work.only_agent is not None:
            return BucketKey(work.queue_id, work.channel, Rules(), work.only_agent, by_name=True)
        only = work.preferred_agent if work.alone_until is not None else None
        return BucketKey(work.queue_id, work.channel, self.rules(work), only)

    def line_up(self, work: Work) -> None:
        """After any change of its state, queue, priority or arrival: the work stands in its line at its place, or in none."""
        wanted = (work.queue_id, self.place(work)) if work.has_place else None
        stands = self._stands.get(work.work_id)
        if stands == wanted:
            return
        if stands is not None:
            queue_id, place = self._stands.pop(work.work_id)
            take(self.queues[queue_id].line, place)
            self._moved[queue_id] = None
        if wanted is not None:
            self._stands[work.work_id] = wanted
            put(self.queues[work.queue_id].line, wanted[1])
            self._moved[work.queue_id] = None

    def rerank(self, work: Work, extra_priority: float) -> None:
        """Another priority, and with it another place, for work in line."""
        with self.another_rank(work):
            work.extra_priority = extra_priority

    @contextmanager
    def another_rank(self, work: Work) -> Iterator[None]:
        """Inside, what gives the work its place in line may change."""
        matched = self.in_bucket(work)
        self.leave_bucket(work)
        yield
        self.line_up(work)
        if matched:
            self.enter_bucket(work)

    def enter_bucket(self, work: Work) -> None:
        """The work can be matched from now on; work that is in a bucket changes to the one of its present rules."""
        self.leave_bucket(work)
        bucket = self.bucket(work)
        self.buckets.put(bucket, self.place(work))
        self.bucket_of[work.work_id] = bucket
        self.fresh_work[work.work_id] = None
        self.to_route[work.work_id] = None

    def leave_bucket(self, work: Work) -> None:
        """The work rings, or has ended; nothing happens to work in no bucket."""
        bucket = self.bucket_of.pop(work.work_id, None)
        if bucket is not None:
            self.buckets.take(bucket, self.place(work))
            self.fresh_work.pop(work.work_id, None)

    def in_bucket(self, work: Work) -> bool:
        """Whether it can be matched now: it waits, or it rings at many and could ring at more."""
        return work.work_id in self.bucket_of

    def note_callback(self, work: Work) -> None:
        """A customer has asked to be called back."""
        if work.channel is Channel.CALLBACK and not work.promised and work.customer_id is not None:
            self.callbacks_of.setdefault(work.customer_id, {})[work.work_id] = None

    def forget_callback(self, work: Work) -> None:
        if work.customer_id is not None and (asked := self.callbacks_of.get(work.customer_id)) is not None:
            asked.pop(work.work_id, None)
            if not asked:
                del self.callbacks_of[work.customer_id]

    def position(self, work: Work) -> int:
        """1 = next."""
        return bisect_left(self.queues[work.queue_id].line, self.place(work)) + 1

    def drop_work(self, work: Work, now: float) -> None:
        """Ended work leaves everything that knows it, and is remembered for a while against repeated messages."""
        self.leave_bucket(work)
        self.line_up(work)
        for offer_id, offer in work.offers.items():
            self.offers.pop(offer_id, None)
            self.agents[offer.agent_id].work.pop(work.work_id, None)
        del self.work_items[work.work_id]
        self.deadlines.clear(("work", work.work_id))
        self.deadlines.clear(("route", work.work_id))
        self.to_route.pop(work.work_id, None)
        self.forget_callback(work)
        self.ended_work[work.work_id] = now
        _forget_old(self.ended_work, now)
        self.untie(work)
        self.drop_queue_if_over(work.queue_id)

    def drop_queue_if_over(self, queue_id: QueueId) -> None:
        if self.queues[queue_id].retired and not any(work.queue_id == queue_id for work in self.work_items.values()):
            del self.queues[queue_id]
            self.deadlines.clear(("queue", queue_id))
            self._moved.pop(queue_id, None)

    def call_ended(self, call_id: CallId, now: float) -> None:
        """Remembered, because its work may still be on the way here."""
        self.ended_calls[call_id] = now
        _forget_old(self.ended_calls, now)

    # ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────

    def tie(self, work: Work) -> None:
        """It is this call's work, one of several perhaps."""
        if work.call_id is not None:
            self._works_of_call.setdefault(work.call_id, set()).add(work.work_id)

    def untie(self, work: Work) -> None:
        if work.call_id is not None and (tied := self._works_of_call.get(work.call_id)) is not None:
            tied.discard(work.work_id)
            if not tied:
                del self._works_of_call[work.call_id]

    def works_of_call(self, call_id: CallId | None) -> list[Work]:
        """All that is not over, in order of arrival: the conversations, the consultations about them, what goes on with them."""
        tied = self._works_of_call.get(call_id, ()) if call_id is not None else ()
        return sorted((self.work_items[work_id] for work_id in tied), key=lambda work: (work.arrival, work.work_id))

    # ── what waiting flows are told ───────────────────────────────────────────────────────────────────────────

    def tell_positions(self, now: float) -> None:
        """`QueueMoved` for each line that changed, at most once a second; later changes are told by a deadline."""
        for queue_id in self._moved:
            queue = self.queues[queue_id]
            allowed = queue.moved_at + MOVED_EVERY_S
            if now < allowed:
                self.deadlines.set(("queue", queue_id), allowed)
                continue
            queue.moved_at = now
            self.deadlines.clear(("queue", queue_id))
            waiting = tuple(work_id for _, work_id in queue.line)
            p50, p90 = self.expected(queue_id) or (None, None)
            self.emit(QueueMoved(at=now, queue_id=queue_id, waiting=waiting, expected_wait_s=p50, expected_p90_s=p90))
        self._moved.clear()

    def line_changed(self, queue_id: QueueId) -> None:
        if queue_id in self.queues:
            self._moved[queue_id] = None

    def line_before(self, queue_id: QueueId, position: int | None = None, channel: Channel = Channel.CALL) -> Line:
        """What work at this position finds; None: what somebody who joins the end of the line now would find."""
        eligible = self.serving(queue_id)
        ahead = len(self.queues[queue_id].line) if position is None else position - 1
        return Line(
            ahead=max(0, ahead - self.statistics.ringing(queue_id)),
            free=len(eligible & self.available[channel]),
            serving=len(eligible & self.present[channel]),
        )

    def expected(self, queue_id: QueueId) -> Estimate | None:
        """For somebody who joins the end of the line now."""
        return estimate(self.statistics.flow(queue_id), self.line_before(queue_id))

    def serving(self, queue_id: QueueId) -> set[AgentId]:
        """Agents who may serve the queue's plain work, whatever they do now."""
        rules = self._rules_after(queue_id, (), 0)
        return self.buckets.bucket(BucketKey(queue_id, Channel.CALL, rules)).eligible

    # ── after a restart ───────────────────────────────────────────────────────────────────────────────────────────

    def mend(self, now: float) -> None:
        """Lines and shown states follow from the work; where what was saved says otherwise, they are made anew."""
        for agent in list(self.agents.values()):
            try:
                self.show(agent, now)
            except IllegalTransition:  # not from what was saved as shown
                held = [self.work_items[work_id] for work_id in agent.work]
                agent.shown, agent.since = shown_state(agent, held), now
                self.show(agent, now, always=True)
        places: dict[QueueId, list[Place]] = {queue_id: [] for queue_id in self.queues}
        for work in self.work_items.values():
            if work.has_place:
                places[work.queue_id].append(self.place(work))
        if any(sorted(queue.line) != sorted(places[queue_id]) for queue_id, queue in self.queues.items()):
            self.rebuild_lines()

    # ── indexes ───────────────────────────────────────────────────────────────────────────────────────────────

    def rebuild_lines(self) -> None:
        """After a change of configuration: ranks and eligibility are computed anew; positions follow the new rules."""
        matched = list(self.bucket_of)
        self.buckets = MatchBuckets(Roster(self.agents.values()))
        self.bucket_of.clear()
        self._rules.clear()
        self._line_up_all()
        self.to_route.update(dict.fromkeys(work.work_id for work in self.work_items.values() if work.state in IN_LINE))
        for work_id in matched:
            self.enter_bucket(self.work_items[work_id])
        self._moved.update(dict.fromkeys(self.queues))

    def _line_up_all(self) -> None:
        """Lines as the work's states have them, whatever was there before."""
        self._stands.clear()
        for queue in self.queues.values():
            queue.line.clear()
        for work in self.work_items.values():
            self.line_up(work)

    def _index(self) -> None:
        self._line_up_all()
        self._moved.clear()
        for work in self.work_items.values():
            self.note_callback(work)
            self.offers.update(dict.fromkeys(work.offers, work.work_id))
            self.tie(work)
            if work.state is WorkState.WAITING or (work.state is WorkState.OFFERED and work.rings_all):
                self.enter_bucket(work)
        for agent in self.agents.values():  # what an older version showed may say less than is known
            agent.shown = shown_state(agent, [self.work_items[work_id] for work_id in agent.work])
            self._note_availability(agent)
        for fresh in (self.fresh_agents, self.fresh_work, self.to_route):
            fresh.clear()


def _set_member(ids: set[AgentId], agent_id: AgentId, member: bool) -> bool:
    """Whether that changed anything."""
    if member is (agent_id in ids):
        return False
    if member:
        ids.add(agent_id)
    else:
        ids.discard(agent_id)
    return True


def _forget_old(remembered: dict[K, float], now: float) -> None:
    """Drops entries from the old end; they are in order of time."""
    old: list[K] = []
    for key, at in remembered.items():
        if at > now - REMEMBER_S:
            break
        old.append(key)
    for key in old:
        del remembered[key]
