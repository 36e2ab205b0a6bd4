"""Listening in, whispering, joining: somebody takes part who is neither the customer nor the agent. Pure.

Invariant: a supervisor is in one call at most, and leaves it with the leg; whoever whispers is heard by the agent alone, and by
nobody while there is no agent.
"""

from __future__ import annotations

import msgspec

from core.causes import EndCause
from core.commands import Supervise
from core.events import LegEnded, PartyJoined, PartyLeft
from core.ids import CallId, LegId, UserId
from core.parties import Mode, Party, PartyState, Role
from telephony.calls.actions import Batch
from telephony.calls.call import Call, Phase, party_id
from telephony.calls.living import Living


class Supervising:
    """Decides over supervisors in calls."""

    def __init__(self, living: Living) -> None:
        self._living = living

    def supervise(self, command: Supervise, now: float) -> list[Batch] | str:
        """A string says why not."""
        call = self._living.calls.get(command.call_id)
        if call is None or call.phase is not Phase.CONVERSATION or call.agent is None:
            return "nobody talks in this call now"
        if command.leg_id == call.agent_leg:
            return "this is your own call"
        if any(command.leg_id in _colleagues_legs(other) for other in self._living.calls.values()):
            return "you are on a call yourself"
        known = next((party for party in call.parties if party.user_id == command.user_id), None)
        if known is not None and (known.mode, known.leg_id) == (command.mode, command.leg_id):
            return []
        party = Party(
            party_id=party_id("supervisor", command.user_id),
            role=Role.SUPERVISOR,
            state=PartyState.JOINED,
            leg_id=command.leg_id,
            node_id=None if command.node_id == call.node_id else command.node_id,
            user_id=command.user_id,
            mode=command.mode,
            whispers_to=call.agent.party_id if command.mode is Mode.WHISPER else None,
            joined_at=known.joined_at if known is not None else now,
        )
        left = [] if known is not None else self._leave(now, EndCause.SUPERVISOR_ENDED, user_id=command.user_id)
        before, call = call, self._living.remix(call, party)
        told = PartyJoined(
            at=now,
            call_id=call.call_id,
            party_id=party.party_id,
            role=party.role,
            mode=party.mode,
            user_id=party.user_id,
        )
        return [*left, self._living.told(before, call, now, told)]

    def stop(self, call_id: CallId, user_id: UserId, now: float) -> list[Batch]:
        """Harmless for whoever has left already."""
        return self._leave(now, EndCause.SUPERVISOR_ENDED, user_id=user_id, call_id=call_id)

    def leg_ended(self, event: LegEnded, now: float) -> list[Batch]:
        return self._leave(now, event.cause, leg_id=event.leg_id)

    def is_missing(self, leg_id: LegId, now: float) -> list[Batch]:
        """Its node does not have it any more."""
        return self._leave(now, EndCause.TRANSPORT_FAILED, leg_id=leg_id)

    def takes_a_call(self, leg_id: LegId, now: float) -> list[Batch]:
        """An agent who supervises is needed."""
        return self._leave(now, EndCause.SUPERVISOR_ENDED, leg_id=leg_id)

    def _leave(
        self,
        now: float,
        cause: EndCause,
        *,
        user_id: UserId | None = None,
        leg_id: LegId | None = None,
        call_id: CallId | None = None,
    ) -> list[Batch]:
        return [
            self._without(call, party, cause, now)
            for call in list(self._living.calls.values())
            if call_id in (None, call.call_id)
            for party in call.parties
            if party.role is Role.SUPERVISOR and _is(party, user_id, leg_id)
        ]

    def _without(self, call: Call, party: Party, cause: EndCause, now: float) -> Batch:
        others = tuple(other for other in call.parties if other.party_id != party.party_id)
        before, call = call, self._living.remix(msgspec.structs.replace(call, parties=others))
        told = PartyLeft(
            at=now, call_id=call.call_id, party_id=party.party_id, role=party.role, cause=cause, user_id=party.user_id
        )
        return self._living.told(before, call, now, told)


def _is(party: Party, user_id: UserId | None, leg_id: LegId | None) -> bool:
    return party.user_id == user_id if user_id is not None else leg_id is not None and party.leg_id == leg_id


def _colleagues_legs(call: Call) -> frozenset[LegId | None]:
    return frozenset(party.leg_id for party in call.parties if party.role in (Role.AGENT, Role.CONSULTANT))


def without_agent(parties: tuple[Party, ...], next_agent: Party | None = None) -> tuple[Party, ...]:
    """Who stays when the agent leaves. Whispers go to the next one; without one, whoever whispered listens."""
    return tuple(
        _whispering_on(party, next_agent) if party.mode is Mode.WHISPER else party
        for party in parties
        if party.role is not Role.AGENT
    )


def _whispering_on(party: Party, next_agent: Party | None) -> Party:
    if next_agent is None:
        return msgspec.structs.replace(party, mode=Mode.LISTEN, whispers_to=None)
    return msgspec.structs.replace(party, whispers_to=next_agent.party_id)
