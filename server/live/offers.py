"""Offers on screens, and what their coming and going means for the call that rings. Pure.

Invariant: an offer is shown from its making to its end, once; a call rings while an offer of it is shown, and waits again when
the last one came back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from core.events import AnyEvent, CallTransferred, OfferAccepted, OfferDeclined, OfferExpired, OfferMade, OfferWithdrawn
from core.ids import AgentId, CallId, OfferId, WorkId
from customers.callbacks import interaction_of_work
from server.live import messages as live
from server.live.calls import CallBoard
from server.live.change import Change
from server.schemas import Offer
from server.sight import Sight, WorkThing, narrowed_decision, sees


class OfferBoard:
    """Owns the offers that ring."""

    def __init__(self, calls: CallBoard) -> None:
        self._calls = calls
        self.shown: dict[OfferId, Offer] = {}
        self._handlers: dict[type, Callable[[Any, float], list[Change]]] = {
            OfferMade: self._made,
            CallTransferred: lambda event, _: self._transferred(event),
            OfferAccepted: self._accepted,
            OfferDeclined: lambda event, _: self._came_back(event.offer_id, event.agent_id, "declined"),
            OfferExpired: lambda event, _: self._came_back(event.offer_id, event.agent_id, "expired"),
            OfferWithdrawn: lambda event, _: self._came_back(event.offer_id, event.agent_id, "withdrawn"),
        }

    def handle(self, event: AnyEvent, now: float) -> list[Change]:
        handler = self._handlers.get(type(event))
        return handler(event, now) if handler else []

    def restore(self, offers: Iterable[Offer]) -> None:
        """What rang when the process began."""
        self.shown |= {offer.offer_id: self._told_by(offer) for offer in offers}

    def _told_by(self, offer: Offer) -> Offer:
        """With the words of whoever asks."""
        asked = self._calls.asked_about(offer.call_id, offer.work_id)
        name = self._calls.name_of_agent(offer.asked_by) if offer.asked_by is not None else ""
        return msgspec.structs.replace(offer, asked_by_name=name, note=asked.note if asked is not None else "")

    def seen_by(self, sight: Sight) -> tuple[Offer, ...]:
        return tuple(narrowed_decision(sight, offer) for offer in self.shown.values() if sees(sight, _thing(offer)))

    def _made(self, event: OfferMade, now: float) -> list[Change]:
        if event.expires_at <= now:
            return []
        offer = Offer(
            offer_id=event.offer_id,
            work_id=event.work_id,
            call_id=event.call_id,
            interaction_id=interaction_of_work(event.call_id, event.origin_call_id),
            channel=event.channel,
            queue_id=event.queue_id,
            agent_id=event.agent_id,
            made_at=event.at,
            expires_at=event.expires_at,
            reason=event.decision.summary,
            decision=event.decision,
            pop=self._calls.pops.get(event.call_id or event.origin_call_id or CallId("")),
            purpose=event.purpose,
            asked_by=event.asked_by,
        )
        self.shown[event.offer_id] = offer = self._told_by(offer)
        told = Change(live.OfferMessage(offer=offer), agents=frozenset({event.agent_id}), about=_thing(offer))
        return [told, *self._call_is(event.call_id, event.work_id, state="ringing")]

    def _accepted(self, event: OfferAccepted, _: float) -> list[Change]:
        over = self._over(event.offer_id, event.agent_id, "accepted")
        return [*over, *self._call_is(event.call_id, event.work_id, agent_id=event.agent_id)]

    def _transferred(self, event: CallTransferred) -> list[Change]:
        """What rang while the first agent was still there: after `CallBoard` has put the call in line."""
        rings = any(offer.work_id == event.to_work_id for offer in self.shown.values())
        return self._call_is(event.call_id, event.to_work_id, state="ringing") if rings else []

    def _came_back(self, offer_id: OfferId, agent_id: AgentId, cause: live.OfferEnd) -> list[Change]:
        """The call waits again, unless it rings elsewhere."""
        offer = self.shown.get(offer_id)
        over = self._over(offer_id, agent_id, cause)
        if offer is None or any(other.call_id == offer.call_id for other in self.shown.values()):
            return over
        return [*over, *self._call_is(offer.call_id, offer.work_id, state="waiting")]

    def _over(self, offer_id: OfferId, agent_id: AgentId, cause: live.OfferEnd) -> list[Change]:
        offer = self.shown.pop(offer_id, None)
        if offer is None:
            return []
        return [Change(live.OfferEnded(offer_id=offer_id, cause=cause), agents=frozenset({agent_id}), about=_thing(offer))]

    def _call_is(self, call_id: CallId | None, work_id: WorkId, **fields: Any) -> list[Change]:
        """A call that has left the line in the meantime is not called back into it, nor is it what else was asked in it."""
        return self._calls.change(call_id, **fields) if call_id is not None and self._calls.in_line(call_id, work_id) else []


def _thing(offer: Offer) -> WorkThing:
    return WorkThing(queue_id=offer.queue_id, agents=frozenset({offer.agent_id}))
