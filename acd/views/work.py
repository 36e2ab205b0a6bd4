"""What screens may read of work and its offers: frozen pictures, made from the registry at the moment they are asked for."""

from __future__ import annotations

from acd.model.registry import Registry
from acd.model.work import Work, WorkState
from acd.rules.rules import Rules, rules_words
from core.ids import AgentId, CallId, CustomerId, OfferId, QueueId, WorkId
from core.model import Channel, Decision, Purpose, SkillRequirement, Value


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
    purpose: Purpose
    asked_by: AgentId | None
    """Whose wish a consultation or a transfer is."""


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
    """Since when it waits, without the time of conversations that were handed back."""
    position: int | None
    """1 = next; None when no longer in line, and of a consultation, which no customer waits with."""
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
    purpose: Purpose
    asked_by: AgentId | None
    """Whose wish a consultation or a transfer is."""
    only_agent: AgentId | None
    """Asked for by name: rings at nobody else."""
    continues: WorkId | None
    """The conversation that a consultation is about, or that a transfer went on with."""


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
        enqueued_at=work.waiting_since,
        position=registry.position(work) if work.has_place else None,
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
        purpose=work.purpose,
        asked_by=work.asked_by,
        only_agent=work.only_agent,
        continues=work.continues,
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
            purpose=work.purpose,
            asked_by=work.asked_by,
        )
        for offer in work.offers.values()
    )
