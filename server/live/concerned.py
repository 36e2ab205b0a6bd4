"""Whom a call on screens concerns, and what each of them does there: pure, over one `LiveCall`.

Invariant: whoever is only rung sees the offer and not the call; whoever takes part, or writes it up, sees all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.ids import AgentId, WorkId
from core.model import Purpose
from core.parties import Party, PartyState
from server.schemas import Asked, CallPhase, CallWrapUp, LiveCall, LiveParty
from server.sight import WorkThing

_HERE = frozenset({PartyState.JOINED, PartyState.HELD, PartyState.AWAY})
IN_CONVERSATION = frozenset({"talking", "held"})
_PHASES: dict[PartyState, CallPhase] = {PartyState.JOINED: "talking", PartyState.HELD: "held"}
"""By the state of the customer: one whose connection is lost is where they were."""


def thing(call: LiveCall) -> WorkThing:
    return WorkThing(queue_id=call.queue_id, agents=agents_of(call))


def agents_of(call: LiveCall) -> frozenset[AgentId]:
    """Who has it, who helps, who writes it up; of one that has ended only the last."""
    if call.ended_at is not None and call.wrap_ups:
        return frozenset(each.agent_id for each in call.wrap_ups)
    here = {party.agent_id for party in call.parties if party.state in _HERE}
    asked = call.asked
    comes = {asked.taken_by} if asked is not None and asked.purpose is Purpose.CONSULTATION else set()
    writing = {wrap_up.agent_id for wrap_up in call.wrap_ups}
    return frozenset(agent_id for agent_id in {call.agent_id, *here, *comes, *writing} if agent_id is not None)


def mentioned(call: LiveCall) -> frozenset[AgentId]:
    """Every agent whose name a screen needs."""
    ids = {call.agent_id, *(party.agent_id for party in call.parties), *(each.agent_id for each in call.wrap_ups)}
    if call.asked is not None:
        ids |= {call.asked.agent_id, call.asked.to_agent_id, call.asked.taken_by}
    if call.consultation_end is not None:
        ids.add(call.consultation_end.agent_id)
    return frozenset(agent_id for agent_id in ids if agent_id is not None)


def live_parties(parties: Iterable[Party], before: Iterable[LiveParty], at: float | None) -> tuple[LiveParty, ...]:
    """As screens show them. What somebody did before they do since then; else since `at`, or since joining."""
    known = {party.party_id: party for party in before}
    return tuple(_live_party(party, known.get(party.party_id), at) for party in parties if party.state is not PartyState.LEFT)


def _live_party(party: Party, before: LiveParty | None, at: float | None) -> LiveParty:
    since = before.since if before is not None and before.state is party.state else at
    return LiveParty(
        party_id=party.party_id,
        role=party.role.value,
        agent_id=party.agent_id,
        user_id=party.user_id,
        state=party.state,
        mode=party.mode.value,
        work_id=party.work_id,
        since=since if since is not None or party.state is not PartyState.JOINED else party.joined_at,
        until=party.until,
    )


def phase_by(call: LiveCall, parties: tuple[LiveParty, ...]) -> CallPhase:
    """Of a conversation: whether the customer talks or waits."""
    customer = customer_of(parties)
    if call.state not in IN_CONVERSATION or customer is None:
        return call.state
    return _PHASES.get(customer.state, call.state)


def customer_of(parties: Iterable[LiveParty]) -> LiveParty | None:
    return next((party for party in parties if party.role == "customer"), None)


def asked_about(call: LiveCall | None, work_id: WorkId) -> Asked | None:
    """What was asked for with this piece of work."""
    return call.asked if call is not None and call.asked is not None and call.asked.work_id == work_id else None


def with_wrap_up(call: LiveCall, agent_id: AgentId, work_id: WorkId, at: float) -> tuple[CallWrapUp, ...]:
    if any(each.work_id == work_id for each in call.wrap_ups):
        return call.wrap_ups
    return (*call.wrap_ups, CallWrapUp(agent_id=agent_id, work_id=work_id, since=at))


def without_wrap_up(call: LiveCall, work_id: WorkId) -> tuple[CallWrapUp, ...]:
    return tuple(each for each in call.wrap_ups if each.work_id != work_id)


def with_limit(call: LiveCall, agent_id: AgentId, work: Iterable[WorkId], until: float | None) -> tuple[CallWrapUp, ...]:
    """The time for a wrap-up is a time of its agent's state."""
    return tuple(
        msgspec.structs.replace(each, until=until) if each.agent_id == agent_id and each.work_id in work else each
        for each in call.wrap_ups
    )
