"""Who comes in and who goes: answering, refusing, hanging up, new browser legs.

Invariant: a caller at the door is claimed, refused, or after `claim_within_s` refused with 503; asking twice for the same
thing is answered like the first time.
"""

from __future__ import annotations

import contextlib

import structlog

from core.causes import EndCause
from core.commands import Answer, AnswerLeg, CreateBrowserLeg, HangUpLeg, ListLegs, RejectLeg
from core.ids import LegId
from core.model import LegKind, LegPurpose
from core.ports import ok, refused
from telephony.media_engine import EngineError
from telephony.node.browser_side import BrowserSide
from telephony.node.legs import Leg, LegState, Trigger
from telephony.node.links import Links
from telephony.node.shared import Shared
from telephony.node.sip_side import SipSide

log = structlog.get_logger(__name__)


class Admission:
    """Handlers of the commands that let legs in and out.

    Each may raise `IllegalTransition`, `EngineError`, `SdpError` or `TransportFailed`.
    """

    def __init__(self, shared: Shared, phones: SipSide, browsers: BrowserSide, links: Links) -> None:
        self._shared = shared
        self._phones = phones
        self._browsers = browsers
        self._links = links

    async def answer(self, command: AnswerLeg) -> Answer:
        legs, now = self._shared.legs, self._shared.clock.now()
        leg = legs.get(command.leg_id)
        if leg.state in (LegState.ANSWERING, LegState.UP):
            return ok()
        leg = legs.transition(leg.leg_id, Trigger.CLAIM, now)
        if leg.kind is LegKind.BROWSER:
            self._browsers.answer(leg)
        else:
            await self._answer_phone(leg)
        return ok()

    async def _answer_phone(self, leg: Leg) -> None:
        """One that cannot be answered has left, or is sent away: control forgets it with this refusal."""
        try:
            await self._phones.answer(leg)
        except EngineError:
            self._shared.begin(self._phones.hang_up(leg.leg_id, EndCause.TRANSPORT_FAILED), f"hang up {leg.leg_id}")
            raise

    async def reject(self, command: RejectLeg) -> Answer:
        leg = self._shared.legs.find(command.leg_id)
        if leg is not None and leg.state is not LegState.ENDING:
            await self._refuse(leg, command.cause, command.retry_after_s)
        return ok()

    async def hang_up(self, command: HangUpLeg) -> Answer:
        leg = self._shared.legs.find(command.leg_id)
        if leg is not None and leg.state is not LegState.ENDING:
            await self.end(leg, command.cause)
        return ok()

    async def create_browser_leg(self, command: CreateBrowserLeg) -> Answer:
        shared = self._shared
        known = shared.legs.find(command.leg_id) is not None
        if shared.gate.draining and not known:
            return refused("this node takes no new legs: it is being drained", "draining")
        late = shared.gate.refusal() if command.purpose is LegPurpose.CALLER and not known else None
        if late is not None:
            shared.count_refused(late)
            return refused("too many calls are waiting for an answer", "full")
        refusal = None if known else self._no_room(command.purpose)
        if refusal is not None:
            shared.count_refused(EndCause.REFUSED_FULL)
            return refusal
        return ok(sdp=await self._browsers.create(command))

    def _no_room(self, purpose: LegPurpose) -> Answer | None:
        """Who signs in may take any leg; a caller from a web page, whom nobody knows, leaves some to phones."""
        config, legs = self._shared.config, self._shared.legs
        if len(legs) >= config.max_legs:
            return refused(f"this node is full: {config.max_legs} legs", "full")
        if purpose is not LegPurpose.CALLER:
            return None
        if len(legs) >= config.max_legs - int(config.max_legs * config.reserved_for_phones):
            return refused("this node is full: what is left is kept for phones", "full")
        if legs.connecting_callers() >= config.most_connecting:
            return refused("too many browsers are connecting", "too_many_connecting")
        return None

    async def list_legs(self, command: ListLegs) -> Answer:
        return ok(legs=self._shared.legs.snapshots(), public_key=self._shared.tap_key.public)

    # ── also without a command ──────────────────────────────────────────────────────────────────────────────────

    async def refuse_unclaimed(self) -> None:
        """Callers whom nobody claimed in time hear 503: the control plane is away. Before that, no others come in."""
        shared = self._shared
        await shared.gate.look(shared.legs.longest_wait_s(shared.clock.now()))
        for leg in shared.legs.unclaimed(shared.clock.now(), shared.config.claim_within_s):
            log.warning("nobody claimed the call", leg_id=leg.leg_id, call_id=leg.call_id)
            await self._refuse(leg, EndCause.REFUSED_NO_CONTROL, None)

    async def give_up_endless(self) -> None:
        """A phone's leg whose end nobody has told: its place is free again. Seen where more came at once than could be served."""
        for leg in self._shared.legs.endless(self._shared.clock.now(), self._shared.config.no_end_s):
            log.warning("a leg had no end", leg_id=leg.leg_id, call_id=leg.call_id)
            with contextlib.suppress(EngineError):
                await self._shared.engine.hang_up(leg.leg_id)
            self._shared.leg_over(leg.leg_id, leg.ending or EndCause.TRANSPORT_FAILED)

    async def end(self, leg: Leg, cause: EndCause) -> None:
        """Ends any leg in the way that its kind and state ask for."""
        if leg.purpose is LegPurpose.LINK:
            await self._links.close(leg.leg_id)
        elif leg.kind is LegKind.BROWSER:
            self._browsers.end(leg, cause)
        elif leg.state is LegState.OFFERED:
            await self._phones.reject(LegId(leg.leg_id), cause)
        else:
            await self._phones.hang_up(leg.leg_id, cause)

    async def _refuse(self, leg: Leg, cause: EndCause, retry_after_s: int | None) -> None:
        if leg.kind is LegKind.BROWSER:
            self._shared.count_refused(cause)
            self._browsers.end(leg, cause)
        elif leg.state is LegState.OFFERED:
            await self._phones.reject(leg.leg_id, cause, retry_after_s)
        else:
            await self._phones.hang_up(leg.leg_id, cause)
