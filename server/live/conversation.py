"""News of a conversation and of those who take part: together, apart, asked, handed on, back in line. Pure.

Invariant: whether a customer talks or waits follows from the parties, of which the newest picture counts; what was asked of a
colleague stands until it came to nothing, and then why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from core.causes import EndCause
from core.events import (
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallTransferred,
    ColleagueAsked,
    OfferAccepted,
    PartiesChanged,
    PartyJoined,
    PartyLeft,
    WorkEnded,
)
from core.ids import CallId, PartyId, WorkId
from core.model import Purpose
from core.parties import PartyState, Role
from server.live.change import Change
from server.live.concerned import asked_about, customer_of, live_parties, phase_by, with_wrap_up
from server.schemas import Asked, ConsultationEnd, LiveCall, LiveParty

_WISHED = frozenset({EndCause.AGENT_TRANSFERRED})
"""Not the end of a consultation, but what it was for."""


class Board(Protocol):
    """Where calls are shown."""

    shown: dict[CallId, LiveCall]
    transcribing: bool

    def change(self, call_id: CallId, **fields: Any) -> list[Change]: ...


class ConversationNews:
    """Owns which picture of the parties was the newest, and what was asked for so far."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._versions: dict[CallId, int] = {}
        self._asked_for: dict[CallId, frozenset[WorkId]] = {}
        """Each counts once."""
        self.handlers: dict[type, Callable[[Any], list[Change]]] = {
            CallConnected: self._connected,
            CallHandedBack: self._handed_back,
            CallTransferred: self._transferred,
            PartiesChanged: self._parties_changed,
            PartyJoined: self._party_joined,
            PartyLeft: self._party_left,
            ColleagueAsked: self._asked,
            OfferAccepted: self._taken,
            WorkEnded: self._work_ended,
            CallEnded: self._ended,
        }

    def restored(self, call_id: CallId, version: int) -> None:
        """The picture that was restored has this version: older ones may still come."""
        self._versions[call_id] = version

    def forget(self, call_id: CallId) -> None:
        self._versions.pop(call_id, None)
        self._asked_for.pop(call_id, None)

    # ── who has it ────────────────────────────────────────────────────────────────────────────────────────────

    def _connected(self, event: CallConnected) -> list[Change]:
        call = self._running(event.call_id)
        if call is None or (call.connected_at == event.at and call.work_id == event.work_id):
            return []
        return self._board.change(
            event.call_id,
            state="talking",
            agent_id=event.agent_id,
            queue_id=event.queue_id,
            work_id=event.work_id,
            connected_at=event.at,
            transcript="live" if self._board.transcribing else "none",
        )

    def _handed_back(self, event: CallHandedBack) -> list[Change]:
        """It waits again; whoever left has it no more."""
        call = self._running(event.call_id)
        if call is None or call.agent_id != event.agent_id:
            return []
        asked = call.asked if call.asked is None else msgspec.structs.replace(call.asked, taken_by=None)
        return self._board.change(event.call_id, **_back_in_line(call, event.at), asked=asked)

    def _transferred(self, event: CallTransferred) -> list[Change]:
        """Whoever left writes it up, while it goes on with a colleague or waits for one."""
        call = self._running(event.call_id)
        if call is None or call.work_id != event.work_id or call.agent_id != event.agent_id:
            return []
        now: dict[str, Any] = {"agent_id": event.to_agent_id}
        if event.to_agent_id is None:
            now = _back_in_line(call, event.at)
        asked = asked_about(call, event.to_work_id)
        if asked is not None:
            asked = msgspec.structs.replace(asked, purpose=Purpose.TRANSFER, taken_by=event.to_agent_id or asked.taken_by)
        now |= {"work_id": event.to_work_id, "queue_id": event.queue_id, "asked": asked, "consultation_end": None}
        now["wrap_ups"] = with_wrap_up(call, event.agent_id, event.work_id, event.at)
        now.setdefault("parties", tuple(party for party in call.parties if party.agent_id != event.agent_id))
        return self._board.change(event.call_id, **now)

    def _ended(self, event: CallEnded) -> list[Change]:
        call = self._running(event.call_id)
        if call is None:
            return []
        wrap_ups = call.wrap_ups
        if call.connected_at is not None and call.agent_id is not None and call.work_id is not None:
            wrap_ups = with_wrap_up(call, call.agent_id, call.work_id, event.at)
        state = "wrap_up" if call.connected_at is not None or wrap_ups else "ended"
        over = {"state": state, "ended_at": event.at, "cause": str(event.cause), "wrap_ups": wrap_ups}
        return self._board.change(event.call_id, **over, parties=(), consultation_end=None, asked=_handed_on(call))

    # ── who takes part ────────────────────────────────────────────────────────────────────────────────────────

    def _parties_changed(self, event: PartiesChanged) -> list[Change]:
        call = self._running(event.call_id)
        if call is None or event.version <= self._versions.get(event.call_id, -1):
            return []
        self._versions[event.call_id] = event.version
        parties = live_parties(event.parties, call.parties, event.at)
        fields: dict[str, Any] = {"parties": parties, "state": phase_by(call, parties)}
        if _waits(parties) != _waits(call.parties):  # the agent did something else
            fields["consultation_end"] = None
        return self._board.change(event.call_id, **fields)

    def _party_joined(self, event: PartyJoined) -> list[Change]:
        """Of a supervisor; a picture of all follows."""
        call = self._running(event.call_id)
        if call is None or event.role is not Role.SUPERVISOR:
            return []
        known = next((party for party in call.parties if party.party_id == event.party_id), None)
        here = LiveParty(
            party_id=event.party_id,
            role="supervisor",
            user_id=event.user_id,
            state=PartyState.JOINED,
            mode=event.mode.value,
            since=event.at if known is None else known.since,
        )
        return self._board.change(event.call_id, parties=(*_without(call, event.party_id), here))

    def _party_left(self, event: PartyLeft) -> list[Change]:
        call = self._running(event.call_id)
        if call is None:
            return []
        fields: dict[str, Any] = {"parties": _without(call, event.party_id)}
        if event.role is Role.CONSULTANT and event.cause not in _WISHED:
            asked = asked_about(call, event.work_id) if event.work_id is not None else None
            if asked is not None:
                end = ConsultationEnd(cause=event.cause, agent_id=event.agent_id or asked.to_agent_id, at=event.at)
                fields |= {"asked": None, "consultation_end": end}
        return self._board.change(event.call_id, **fields)

    # ── who was asked ─────────────────────────────────────────────────────────────────────────────────────────

    def _asked(self, event: ColleagueAsked) -> list[Change]:
        call = self._running(event.call_id)
        known = self._asked_for.get(event.call_id, frozenset())
        if call is None or event.work_id in known or event.work_id == call.work_id or asked_about(call, event.work_id):
            return []
        self._asked_for[event.call_id] = known | {event.work_id}
        asked = Asked(
            work_id=event.work_id,
            purpose=event.purpose,
            agent_id=event.agent_id,
            to_agent_id=event.to_agent_id,
            queue_id=event.queue_id,
            note=event.note,
            at=event.at,
        )
        return self._board.change(event.call_id, asked=asked, consultation_end=None)

    def _taken(self, event: OfferAccepted) -> list[Change]:
        call = self._running(event.call_id) if event.call_id is not None else None
        asked = asked_about(call, event.work_id)
        if call is None or asked is None:
            return []
        return self._board.change(call.call_id, asked=msgspec.structs.replace(asked, taken_by=event.agent_id))

    def _work_ended(self, event: WorkEnded) -> list[Change]:
        """A conversation that was handed on is nobody's any more. How a consultation ended is told by who leaves."""
        call = self._running(event.call_id) if event.call_id is not None else None
        asked = asked_about(call, event.work_id)
        if call is None or asked is None or asked.purpose is not Purpose.TRANSFER:
            return []
        return self._board.change(call.call_id, asked=None)

    def _running(self, call_id: CallId) -> LiveCall | None:
        call = self._board.shown.get(call_id)
        return call if call is not None and call.ended_at is None else None


def _back_in_line(call: LiveCall, at: float) -> dict[str, Any]:
    """It waits for an agent: whoever supervises it stays."""
    stays = tuple(party for party in call.parties if party.role not in {"agent", "consultant"})
    waits = {"state": "waiting", "agent_id": None, "connected_at": None, "waiting_since": at}
    return {**waits, "parties": stays, "consultation_end": None}


def _handed_on(call: LiveCall) -> Asked | None:
    """What was asked for, when this conversation came of it."""
    return call.asked if call.asked is not None and call.asked.work_id == call.work_id else None


def _waits(parties: tuple[LiveParty, ...]) -> bool:
    customer = customer_of(parties)
    return customer is not None and customer.state is PartyState.HELD


def _without(call: LiveCall, party_id: PartyId) -> tuple[LiveParty, ...]:
    return tuple(party for party in call.parties if party.party_id != party_id)
