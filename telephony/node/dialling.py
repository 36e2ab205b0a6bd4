"""Calling out: a number and a trunk become an INVITE, and a phone rings for a limited time.

Invariants: only what looks like a telephone number is dialled, and only through a configured trunk, so that nobody can make the
node call an address of their choice (toll fraud); a dialled leg ends exactly once, with a cause that says whose doing it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog

from core.causes import EndCause
from core.commands import Answer, DialLeg
from core.ids import LegId
from core.model import LegKind, LegPurpose
from core.ports import ok, refused
from telephony.media_engine import EngineError
from telephony.node.config import OutboundTrunk
from telephony.node.legs import Leg, LegState
from telephony.node.shared import Shared
from telephony.node.sip_side import SipSide

log = structlog.get_logger(__name__)

_NUMBER = re.compile(r"\+?[0-9]{2,32}")
_PROXY = re.compile(r"(sips?):([^@;\s<>]+)((?:;[^\s<>]*)?)")
LONGEST_RING_S = 120.0
REMEMBERED_S = 600.0
"""How long a leg that was dialled is known as such, also when it is over: asked for again, its phone does not ring again."""


def uri_of(number: str, trunk: OutboundTrunk) -> str:
    """The request URI. Raises `ValueError` for what is no number, or a proxy that is no address."""
    if _NUMBER.fullmatch(number) is None:
        raise ValueError("this is no telephone number")
    proxy = _PROXY.fullmatch(trunk.proxy)
    if proxy is None:
        raise ValueError(f"trunk {trunk.name} has no usable proxy")
    return f"{proxy[1]}:{number}@{proxy[2]}{proxy[3]}"


def caller_uri_of(trunk: OutboundTrunk) -> str | None:
    """What stands in From: the trunk's number at the carrier's domain (RFC 3261 §8.1.1.3)."""
    proxy = _PROXY.fullmatch(trunk.proxy)
    return f"{proxy[1]}:{trunk.caller}@{proxy[2]}" if trunk.caller and proxy is not None else None


class Dialling:
    """Handler of `DialLeg`, and the clock of phones that ring. May raise `EngineError` or `IllegalTransition`."""

    def __init__(self, shared: Shared, phones: SipSide, is_down: Callable[[str], bool]) -> None:
        """`is_down`: whether the trunk of this name answers nothing any more."""
        self._shared = shared
        self._is_down = is_down
        self._phones = phones
        self._trunks = {trunk.name: trunk for trunk in shared.config.outbound}
        self._rings_until: dict[LegId, float] = {}
        self._dialled: dict[LegId, float] = {}

    async def dial(self, command: DialLeg) -> Answer:
        shared = self._shared
        if shared.legs.find(command.leg_id) is not None or command.leg_id in self._dialled:
            return ok()
        if shared.gate.draining:
            return refused("this node takes no new legs: it is being drained")
        if len(shared.legs) >= shared.config.max_legs:
            return refused(f"this node is full: {shared.config.max_legs} legs")
        trunk = self._trunks.get(command.trunk) if command.trunk else self._usual_trunk()
        if trunk is None:
            return refused("no trunk takes calls from us: give one a `proxy` in sip.conf")
        try:
            uri = uri_of(command.number, trunk)
        except ValueError as error:
            return refused(str(error))
        now = shared.clock.now()
        shared.legs.add(
            Leg(
                leg_id=command.leg_id,
                kind=LegKind.SIP,
                purpose=LegPurpose.CALLER,
                state=LegState.DIALLING,
                since=now,
                call_id=command.call_id,
                trunk=trunk.name,
            )
        )
        self._rings_until[command.leg_id] = now + min(command.ring_s, LONGEST_RING_S)
        try:
            await shared.engine.dial(command.leg_id, uri, caller_uri=caller_uri_of(trunk), trunk=trunk.name)
        except EngineError:
            shared.legs.remove(command.leg_id)
            raise
        self._dialled = {leg_id: at for leg_id, at in self._dialled.items() if now - at < REMEMBERED_S}
        self._dialled[command.leg_id] = now
        log.info("leg dialled", leg_id=command.leg_id, call_id=command.call_id, trunk=trunk.name)
        return ok()

    def _usual_trunk(self) -> OutboundTrunk | None:
        """The first one that is not known to be down; when all are, the first: it may be back."""
        able = (trunk for trunk in self._trunks.values() if not self._is_down(trunk.name))
        return next(able, next(iter(self._trunks.values()), None))

    async def stop_ringing(self) -> None:
        """CANCEL for phones that nobody answers (RFC 3261 §9.1)."""
        now = self._shared.clock.now()
        for leg_id, until in list(self._rings_until.items()):
            leg = self._shared.legs.find(leg_id)
            if leg is None or leg.state is not LegState.DIALLING:
                del self._rings_until[leg_id]
            elif until <= now:
                del self._rings_until[leg_id]
                await self._phones.hang_up(leg_id, EndCause.PEER_NO_ANSWER)
