"""What screens may read of the ACD: frozen pictures, made from the registry at the moment they are asked for."""

from __future__ import annotations

from acd.model.agents import Agent
from acd.model.registry import Registry
from acd.model.work import IN_LINE, Work, WorkState
from acd.numbers.adherence import adherence, planned_on, planned_until
from acd.numbers.expected_wait import estimate
from acd.numbers.service_level import (
    average_handle_time,
    average_speed_of_answer,
    calibration,
    estimate_error,
    occupancy,
    service_level,
)
from acd.numbers.tally import Tally
from acd.rules.capacity import VOICE
from acd.rules.rules import Rules, rules_words
from core.ids import AgentId, CallId, CustomerId, OfferId, QueueId, WorkId
from core.model import AgentSkill, AgentState, Channel, Decision, SkillRequirement, Value


class QueueView(Value, frozen=True, kw_only=True):
    """One queue as the board shows it; the service level is that of the last 30 minutes."""

    queue_id: QueueId
    name: str
    waiting: int
    """In line: waiting or ringing somewhere."""
    oldest_since: float | None
    expected_wait_s: float | None
    """Somebody who joins the end of the line now: half wait less than this."""
    expected_p90_s: float | None
    """Nine of ten wait less than this."""
    calibration: float | None
    """Today: share of the customers who waited no longer than the p90 they were given; right is 0.9."""
    estimate_error_s: float | None
    """Today: mean distance between the wait and the median given at arrival."""
    service_level: float | None
    """Last 30 minutes, 0…1; None when nobody was answered or left."""
    service_level_today: float | None
    service_level_s: float
    ageing_per_minute: float
    """Priority points that a minute of waiting is worth."""
    offered: int
    """Today, as are the next ones."""
    answered: int
    abandoned: int
    average_speed_of_answer_s: float | None
    average_handle_time_s: float | None
    agents_free: int
    agents_unreachable: int
    """Mean to be free, but no call can be given; counted nowhere else."""
    agents_busy: int
    """With an offer or in conversation."""
    agents_wrap_up: int
    recent: tuple[int, ...]
    """Longest line in each of the last 30 minutes, oldest first."""


class AgentView(Value, frozen=True, kw_only=True):
    """One agent as the board and the agent's own desk show it."""

    agent_id: AgentId
    name: str
    state: AgentState
    reason: str
    by: str
    """The user who set the state, when it was not the agent."""
    since: float
    until: float | None
    queue_id: QueueId | None
    call_id: CallId | None
    """Of the work in hand, if it is a call."""
    work: tuple[WorkId, ...]
    next_state: AgentState | None
    """The wish that takes effect after the present work; None when it is the present state or plain free."""
    next_reason: str
    skills: tuple[AgentSkill, ...]
    reachable: bool
    """For calls."""
    reachable_reason: str
    handled_today: int
    aht_s: float | None
    occupancy: float | None
    planned_until: float | None
    """End of the shift that runs now; None outside of all."""
    adherence: float | None
    """Today: share of the planned time that was served, 0…1; None when nothing was planned so far."""
    late_s: float
    """Today: planned time before the agent came."""


class OfferView(Value, frozen=True, kw_only=True):
    """A ringing offer."""

    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    agent_id: AgentId
    made_at: float
    expires_at: float
    decision: Decision


class WorkView(Value, frozen=True, kw_only=True):
    """One piece of work, from its place in line to the end of its wrap-up."""

    work_id: WorkId
    call_id: CallId | None
    origin_call_id: CallId | None
    """Of a callback: the call it was promised in."""
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None
    state: WorkState
    since: float
    until: float
    enqueued_at: float
    position: int | None
    """1 = next; None when no longer in line."""
    priority: float
    """With the queue's own, without ageing."""
    extra_priority: float
    """What was added to the queue's own."""
    requirements: tuple[SkillRequirement, ...]
    """What is asked for now."""
    condition: str
    """Beyond skills, in words; empty: nothing."""
    relaxed: str
    """What was given up on the way, and when, in words; empty: nothing."""
    steps_taken: int
    """Of the queue's routing steps."""
    steps: int
    expected_p50_s: float | None
    """The wait that was estimated on entering the queue."""
    expected_p90_s: float | None
    agent_id: AgentId | None
    preferred_agent: AgentId | None
    """Asked for, or who promised the callback."""
    decision: Decision | None
    """Of the offer that rings or was accepted."""
    offers: tuple[OfferView, ...]
    """Ringing now."""


class PlaceView(Value, frozen=True, kw_only=True):
    """One place in a line, the next first."""

    work_id: WorkId
    expected_p50_s: float | None
    """From now on; None: unknown."""
    expected_p90_s: float | None


class NumbersView(Value, frozen=True, kw_only=True):
    """The whole contact center in one line."""

    waiting: int
    oldest_since: float | None
    oldest_queue_id: QueueId | None
    service_level_today: float | None
    service_level_30m: float | None
    service_level_s: float
    """The strictest of the queues' thresholds; each queue is measured by its own."""
    calibration_today: float | None
    """Share of the customers who waited no longer than the p90 they were given; right is 0.9."""
    graded_today: int
    """Customers whose wait could be held against what was said."""
    offered_today: int
    abandoned_today: int
    talking: int


def queue_view(registry: Registry, queue_id: QueueId, now: float) -> QueueView:
    """Raises `KeyError` for an unknown queue."""
    queue = registry.queues[queue_id]
    today, recent = registry.statistics.today(queue_id, now), registry.statistics.last_half_hour(queue_id, now)
    p50, p90 = registry.expected(queue_id) or (None, None)
    states = [registry.agents[agent_id].shown.state for agent_id in registry.serving(queue_id) & registry.signed_in]
    return QueueView(
        queue_id=queue_id,
        name=queue.config.name,
        waiting=len(queue.line),
        oldest_since=min((registry.work_items[work_id].enqueued_at for _, work_id in queue.line), default=None),
        expected_wait_s=p50,
        expected_p90_s=p90,
        calibration=calibration(today.within_p90, today.graded),
        estimate_error_s=estimate_error(today.error_sum_s, today.graded),
        service_level=service_level(recent.answered_in_time, recent.answered, recent.abandoned),
        service_level_today=service_level(today.answered_in_time, today.answered, today.abandoned),
        service_level_s=queue.config.service_level_s,
        ageing_per_minute=queue.config.ageing_per_minute,
        offered=today.offered,
        answered=today.answered,
        abandoned=today.abandoned,
        average_speed_of_answer_s=average_speed_of_answer(today.wait_sum_s, today.answered),
        average_handle_time_s=average_handle_time(today.handle_sum_s, today.handled),
        agents_free=states.count(AgentState.FREE),
        agents_unreachable=states.count(AgentState.UNREACHABLE),
        agents_busy=states.count(AgentState.BUSY) + states.count(AgentState.OFFERED),
        agents_wrap_up=states.count(AgentState.WRAP_UP),
        recent=registry.statistics.recent_waiting(queue_id, now),
    )


def unreachable_view(registry: Registry) -> dict[AgentId, dict[Channel, str]]:
    """By agent and channel, why nothing of it can be brought there; calls stand for all voice."""
    return {agent_id: dict(agent.unreachable) for agent_id, agent in registry.agents.items() if not agent.removed}


def agent_view(registry: Registry, agent_id: AgentId, now: float) -> AgentView:
    """Raises `KeyError` for an unknown agent."""
    agent = registry.agents[agent_id]
    numbers = registry.statistics.agent(agent_id, now)
    reason = agent.unreachable.get(Channel.CALL)
    plan = planned_on(agent.config.shifts, now, registry.zone)
    kept = adherence(plan, registry.statistics.attendance(agent_id, now), now)
    return AgentView(
        agent_id=agent_id,
        name=agent.config.name,
        state=agent.shown.state,
        reason=agent.shown.reason,
        by=agent.wish_by if not agent.work or agent.wish is not AgentState.FREE else "",
        since=agent.since,
        until=agent.shown.until,
        queue_id=agent.shown.queue_id,
        call_id=_call_in_hand(registry, agent),
        work=agent.shown.work,
        next_state=agent.wish if agent.work and agent.wish is not AgentState.FREE else None,
        next_reason=agent.wish_reason if agent.work else "",
        skills=agent.config.skills,
        reachable=reason is None,
        reachable_reason=reason or "",
        handled_today=numbers.handled,
        aht_s=average_handle_time(numbers.handle_sum_s, numbers.handled),
        occupancy=occupancy(numbers.handling_s, numbers.available_s),
        planned_until=planned_until(plan, now),
        adherence=kept.share,
        late_s=kept.late_s,
    )


def work_view(registry: Registry, work_id: WorkId) -> WorkView:
    """Raises `KeyError` for unknown or ended work."""
    work = registry.work_items[work_id]
    config, rules = registry.queues[work.queue_id].config, registry.rules(work)
    said = registry.statistics.numbers.open.get(work_id)
    return WorkView(
        work_id=work_id,
        call_id=work.call_id,
        origin_call_id=work.origin_call_id,
        channel=work.channel,
        queue_id=work.queue_id,
        customer_id=work.customer_id,
        state=work.state,
        since=work.since,
        until=work.until,
        enqueued_at=work.enqueued_at,
        position=registry.position(work) if work.state in IN_LINE else None,
        priority=config.priority + work.extra_priority,
        extra_priority=work.extra_priority,
        requirements=rules.requirements,
        condition=rules_words(Rules(condition=rules.condition)),
        relaxed=work.relaxed,
        steps_taken=work.step,
        steps=len(config.steps),
        expected_p50_s=said.expected_p50_s if said is not None else None,
        expected_p90_s=said.expected_p90_s if said is not None else None,
        agent_id=work.agent_id,
        preferred_agent=work.preferred_agent,
        decision=next((offer.decision for offer in work.offers.values()), None),
        offers=_ringing(work),
    )


def line_view(registry: Registry, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
    """The first `most` of those who wait, with what remains of their wait by the estimate. Raises `KeyError`."""
    flow = registry.statistics.flow(queue_id)
    places = []
    for position, (_, work_id) in enumerate(registry.queues[queue_id].line[:most], start=1):
        p50, p90 = estimate(flow, registry.line_before(queue_id, position, registry.work_items[work_id].channel)) or (None, None)
        places.append(PlaceView(work_id=work_id, expected_p50_s=p50, expected_p90_s=p90))
    return tuple(places)


def numbers_view(registry: Registry, now: float) -> NumbersView:
    """All queues together."""
    today, recent = Tally(), Tally()
    for queue_id in registry.queues:
        today.add(registry.statistics.today(queue_id, now))
        recent.add(registry.statistics.last_half_hour(queue_id, now))
    in_line = [registry.work_items[work_id] for queue in registry.queues.values() for _, work_id in queue.line]
    oldest = min(in_line, key=lambda work: (work.enqueued_at, work.arrival), default=None)
    return NumbersView(
        waiting=len(in_line),
        oldest_since=oldest.enqueued_at if oldest is not None else None,
        oldest_queue_id=oldest.queue_id if oldest is not None else None,
        service_level_today=service_level(today.answered_in_time, today.answered, today.abandoned),
        service_level_30m=service_level(recent.answered_in_time, recent.answered, recent.abandoned),
        service_level_s=min((queue.config.service_level_s for queue in registry.queues.values()), default=20.0),
        calibration_today=calibration(today.within_p90, today.graded),
        graded_today=today.graded,
        offered_today=today.offered,
        abandoned_today=today.abandoned,
        talking=sum(work.state is WorkState.ACTIVE and work.channel in VOICE for work in registry.work_items.values()),
    )


def _call_in_hand(registry: Registry, agent: Agent) -> CallId | None:
    return next(
        (registry.work_items[work_id].call_id for work_id in agent.work if registry.work_items[work_id].call_id is not None), None
    )


def _ringing(work: Work) -> tuple[OfferView, ...]:
    if work.state is not WorkState.OFFERED:
        return ()
    return tuple(
        OfferView(
            offer_id=offer.offer_id,
            work_id=work.work_id,
            call_id=work.call_id,
            channel=work.channel,
            queue_id=work.queue_id,
            agent_id=offer.agent_id,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            decision=offer.decision,
        )
        for offer in work.offers.values()
    )
