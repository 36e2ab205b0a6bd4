"""Legs of phones: what the engine reports becomes transitions in the table and events on the bus.

Invariant: each leg that the engine offers gets exactly one `LegEnded`; before it a `LegOffered`, unless the node refused the
leg itself.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from core.causes import SIP_STATUS_OF_CAUSE, EndCause
from core.events import LegAnswered, LegOffered
from core.ids import CallId, LegId
from core.model import LegKind, LegPurpose
from telephony.allowance import Allowance
from telephony.media_engine import EngineEvent, IncomingRefused, SipLegAnswered, SipLegEnded, SipLegOffered, SipLegRinging
from telephony.node.legs import IllegalTransition, Leg, LegState, Trigger, cause_of_end
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)

_CAUSE_OF_STATUS = {
    400: EndCause.REFUSED_BAD_REQUEST,
    403: EndCause.REFUSED_UNKNOWN_SOURCE,
    488: EndCause.REFUSED_BAD_REQUEST,
    503: EndCause.REFUSED_FULL,
}
RETRY_AFTER_S = 5


class SipSide:
    """Turns the engine's leg events into the node's."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._refusals_told = Allowance()
        self._handlers: dict[type, Callable[..., None]] = {
            SipLegOffered: self._offered,
            SipLegRinging: self._ringing,
            SipLegAnswered: self._answered,
            SipLegEnded: self._ended,
            IncomingRefused: self._refused,
        }

    def handle(self, event: EngineEvent) -> bool:
        """Whether the event was about a phone's leg."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)
        return handler is not None

    def _offered(self, event: SipLegOffered) -> None:
        leg_id, call_id = LegId(event.leg_id), CallId(event.call_id)
        shared = self._shared
        full = len(shared.legs) >= shared.config.max_legs
        shared.legs.add(
            Leg(
                leg_id=leg_id,
                kind=LegKind.SIP,
                purpose=LegPurpose.CALLER,
                state=LegState.OFFERED,
                since=event.at,
                call_id=call_id,
                trunk=event.trunk,
            )
        )
        refusal = EndCause.REFUSED_FULL if full else shared.gate.refusal()
        if refusal is not None:
            shared.begin(self.reject(leg_id, refusal), f"reject {leg_id}")
            return
        log.info("leg offered", leg_id=leg_id, call_id=call_id, trunk=event.trunk, sip_call_id=event.sip_call_id)
        shared.outbox.put(
            LegOffered(
                at=event.at,
                call_id=call_id,
                leg_id=leg_id,
                node_id=shared.config.node_id,
                kind=LegKind.SIP,
                caller=event.caller_number,
                called=event.called_number,
                display_name=event.caller_name,
                facts=event.caller_facts,
                trunk=event.trunk,
                source=f"{event.remote_host}:{event.remote_port}",
            )
        )

    def _ringing(self, event: SipLegRinging) -> None:
        log.info("leg rings", leg_id=event.leg_id, sip_status=event.sip_status)

    def _answered(self, event: SipLegAnswered) -> None:
        leg_id = LegId(event.leg_id)
        try:
            leg = self._shared.legs.transition(leg_id, Trigger.ANSWERED, event.at, codec=event.codec)
        except IllegalTransition as error:
            # The peer's ACK and our hang-up crossed: the end is on its way.
            log.info("answer came too late", leg_id=leg_id, reason=error)
            return
        log.info("leg answered", leg_id=leg_id, call_id=leg.call_id, codec=event.codec)
        self._shared.outbox.put(LegAnswered(at=event.at, call_id=leg.call_id, leg_id=leg_id, codec=event.codec))

    def _ended(self, event: SipLegEnded) -> None:
        leg = self._shared.legs.find(LegId(event.leg_id))
        if leg is not None:
            cause = cause_of_end(leg, by_peer=event.by_remote, sip_status=event.sip_status)
            self._shared.leg_over(leg.leg_id, cause)

    def _refused(self, event: IncomingRefused) -> None:
        cause = _CAUSE_OF_STATUS.get(event.sip_status, EndCause.REFUSED_BAD_REQUEST)
        if cause is EndCause.REFUSED_FULL:
            cause = self._shared.gate.refusal() or cause
        self._shared.count_refused(cause)
        allowed, left_out = self._refusals_told.take(event.at)
        if left_out:
            log.info("more calls were refused at the door than are told", count=left_out)
        if allowed:
            log.info("call refused at the door", sip_status=event.sip_status, reason=event.reason)

    # ── what is asked of a phone's leg ──────────────────────────────────────────────────────────────────────────

    async def answer(self, leg: Leg) -> None:
        await self._shared.engine.answer(leg.leg_id)

    async def reject(self, leg_id: LegId, cause: EndCause, retry_after_s: int | None = None) -> None:
        """A final status for a caller who was not answered. Raises `EngineError`, `IllegalTransition`."""
        self._shared.legs.transition(leg_id, Trigger.CLOSE, self._shared.clock.now(), ending=cause)
        self._shared.count_refused(cause)
        status, words = SIP_STATUS_OF_CAUSE.get(cause, (480, "Temporarily Unavailable"))
        if status == 503 and retry_after_s is None:
            retry_after_s = RETRY_AFTER_S
        headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
        await self._shared.engine.reject(leg_id, status, words, headers)

    async def hang_up(self, leg_id: LegId, cause: EndCause) -> None:
        """Raises `EngineError`, `IllegalTransition`."""
        self._shared.legs.transition(leg_id, Trigger.CLOSE, self._shared.clock.now(), ending=cause)
        await self._shared.engine.hang_up(leg_id)
