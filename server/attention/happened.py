"""What is remembered of events: rings that were missed, calls that were cut, nodes that were lost, alerts that parts raised.

State is looked at; an event is over when it has been told, so what it means must be remembered until it is settled or forgotten.
Handling an event twice changes nothing: everything is remembered under its own id.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from core.attention import Figures
from core.causes import EndCause
from core.events import (
    AgentStateChanged,
    Alert,
    AnyEvent,
    CallEnded,
    NodeLost,
    NodeStarted,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
)
from core.model import AgentState

CUT = frozenset({EndCause.AGENT_LOST, EndCause.MEDIA_TIMEOUT, EndCause.TRANSPORT_FAILED, EndCause.NODE_LOST})
"""Ends that nobody in the conversation wanted."""
STANDS_FOR_S: dict[str, float] = {"child_keeps_ending": 120.0, "no_voice": math.inf}
"""Codes of alerts that stand until their part says that all is well, or has said nothing for so long: a process that keeps ending
says so each time it has (at most 40 s apart), but its keeper may have been restarted without it. Whoever speaks says after its
start, and each minute in which somebody is spoken to, whether there is a voice. Others are news of one moment.
"""
MOST = 200
"""Of a kind; the oldest are forgotten first."""


class Missed(msgspec.Struct, frozen=True):
    """A ring that one agent did not take."""

    at: float
    queue_id: str
    reason: str = ""
    """Why it was declined, as the agent said."""


class Cut(msgspec.Struct, frozen=True):
    at: float
    cause: str


class Standing(msgspec.Struct, frozen=True):
    """An alert."""

    code: str
    severity: str
    first_at: float
    at: float
    times: int
    figures: Figures


class Happened(msgspec.Struct):
    """Kept as a whole; `msgspec` writes and reads it."""

    missed: dict[str, dict[str, Missed]] = msgspec.field(default_factory=dict)
    """By agent and offer, in a row: an accepted offer ends it."""
    declined: dict[str, dict[str, Missed]] = msgspec.field(default_factory=dict)
    cut: dict[str, Cut] = msgspec.field(default_factory=dict)
    """By call."""
    lost_nodes: dict[str, float] = msgspec.field(default_factory=dict)
    alerts: dict[str, Standing] = msgspec.field(default_factory=dict)
    """By key."""
    ringing: dict[str, str] = msgspec.field(default_factory=dict)
    """Queue of each offer that rings."""

    def handle(self, event: AnyEvent) -> bool:
        """Whether anything is to be remembered (or forgotten) of it."""
        handler = _HANDLERS.get(type(event))
        return handler(self, event) if handler is not None else False

    def forget(self, now: float, after_s: float) -> bool:
        """What is over by time."""
        before = self.counts()
        for rows in (self.missed, self.declined):
            for agent_id, rings in tuple(rows.items()):
                rows[agent_id] = {offer: ring for offer, ring in rings.items() if now - ring.at < after_s}
                if not rows[agent_id]:
                    del rows[agent_id]
        self.cut = {call: cut for call, cut in self.cut.items() if now - cut.at < after_s}
        self.lost_nodes = {node: at for node, at in self.lost_nodes.items() if now - at < after_s}
        self.alerts = {key: alert for key, alert in self.alerts.items() if now - alert.at < STANDS_FOR_S.get(alert.code, after_s)}
        return self.counts() != before

    def counts(self) -> tuple[int, ...]:
        rings = sum(len(each) for rows in (self.missed, self.declined) for each in rows.values())
        return rings, len(self.cut), len(self.lost_nodes), len(self.alerts)

    # ── events ────────────────────────────────────────────────────────────────────────────────────────────────

    def _offer_made(self, event: OfferMade) -> bool:
        self.ringing[event.offer_id] = event.queue_id
        _bound(self.ringing)
        return False

    def _offer_expired(self, event: OfferExpired) -> bool:
        return self._not_taken(self.missed, event.agent_id, event.offer_id, event.at, "")

    def _offer_declined(self, event: OfferDeclined) -> bool:
        return self._not_taken(self.declined, event.agent_id, event.offer_id, event.at, event.reason)

    def _not_taken(self, rows: dict[str, dict[str, Missed]], agent_id: str, offer_id: str, at: float, reason: str) -> bool:
        queue_id = self.ringing.pop(offer_id, "")
        rings = rows.setdefault(agent_id, {})
        if offer_id in rings:
            return False
        rings[offer_id] = Missed(at=at, queue_id=queue_id, reason=reason)
        _bound(rings)
        _bound(rows)
        return True

    def _offer_accepted(self, event: OfferAccepted) -> bool:
        self.ringing.pop(event.offer_id, None)
        return self._settled(event.agent_id)

    def _agent_changed(self, event: AgentStateChanged) -> bool:
        """Who has signed out need not be asked why."""
        return event.state is AgentState.SIGNED_OUT and self._settled(event.agent_id)

    def _settled(self, agent_id: str) -> bool:
        rows = [self.missed.pop(agent_id, None), self.declined.pop(agent_id, None)]
        return any(row is not None for row in rows)

    def _call_ended(self, event: CallEnded) -> bool:
        if event.cause not in CUT or event.call_id in self.cut or (event.connected_at is None and event.agent_id is not None):
            return False
        self.cut[event.call_id] = Cut(at=event.at, cause=str(event.cause))
        _bound(self.cut)
        return True

    def _node_lost(self, event: NodeLost) -> bool:
        self.lost_nodes.setdefault(event.node_id, event.at)
        _bound(self.lost_nodes)
        return True

    def _node_started(self, event: NodeStarted) -> bool:
        """In the place of the one that was lost first; a node that was only restarted has its own name."""
        lost = [node for node, at in self.lost_nodes.items() if at <= event.at]
        if not lost:
            return False
        del self.lost_nodes[event.node_id if event.node_id in lost else min(lost, key=lambda node: self.lost_nodes[node])]
        return True

    def _alert(self, event: Alert) -> bool:
        if event.severity == "cleared":
            return self.alerts.pop(event.key, None) is not None
        old = self.alerts.get(event.key)
        if old is not None and old.at >= event.at:
            return False
        self.alerts[event.key] = Standing(
            code=event.code,
            severity=event.severity,
            first_at=event.at if old is None else old.first_at,
            at=event.at,
            times=1 if old is None else old.times + 1,
            figures=dict(event.details),
        )
        _bound(self.alerts)
        return True


def _bound(rows: dict[str, Any]) -> None:
    while len(rows) > MOST:
        del rows[next(iter(rows))]


_HANDLERS: dict[type, Callable[[Happened, Any], bool]] = {
    OfferMade: Happened._offer_made,
    OfferExpired: Happened._offer_expired,
    OfferDeclined: Happened._offer_declined,
    OfferAccepted: Happened._offer_accepted,
    AgentStateChanged: Happened._agent_changed,
    CallEnded: Happened._call_ended,
    NodeLost: Happened._node_lost,
    NodeStarted: Happened._node_started,
    Alert: Happened._alert,
}
WANTED = frozenset(_HANDLERS)
