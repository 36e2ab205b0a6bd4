"""How legs sound: quality of each leg in a call every five seconds, and phones that have fallen silent.

Invariant: a leg that goes away while it is measured is simply not measured.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import structlog

from core.causes import EndCause
from core.events import LegImpaired, LegMeasured
from core.ids import LegId
from core.model import LegKind, LegQuality
from telephony.media_engine import EngineError, LegStatistics, PortLevels
from telephony.node.admission import Admission
from telephony.node.browser_side import BrowserSide
from telephony.node.legs import Leg, LegState
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)

MEASURE_EVERY_S = 5.0


def level_dbfs(level: int) -> float | None:
    """The bridge's meter in decibels below full scale; None for silence.

    pjmedia's meter is the average amplitude of a frame as an inverted µ-law code word (ITU-T G.711): 3 bits of exponent,
    4 of mantissa.
    """
    amplitude = (((level & 0x0F) << 3) + 0x84 << (level >> 4 & 7)) - 0x84
    return round(20 * math.log10(amplitude / 32768), 1) if amplitude > 0 else None


class _Silence(NamedTuple):
    packets: int
    since: float


class Measuring:
    """Asks the engine and the browser legs; owns nothing but what it saw last."""

    def __init__(self, shared: Shared, browsers: BrowserSide, doors: Admission) -> None:
        self._shared = shared
        self._browsers = browsers
        self._admission = doors
        self._heard: dict[LegId, _Silence] = {}

    async def measure(self) -> None:
        """One round over all legs that are in a call."""
        legs = [leg for leg in self._shared.legs if leg.state is LegState.UP and leg.call_id is not None]
        levels = await self._shared.engine.levels([leg.leg_id for leg in legs])
        for leg in legs:
            try:
                statistics = await self._shared.engine.statistics(leg.leg_id)
            except EngineError as error:
                log.debug("leg not measured", leg_id=leg.leg_id, code=error.code)
                continue
            now = self._shared.clock.now()
            quality = self._quality(leg, statistics, levels.get(leg.leg_id))
            self._shared.outbox.put(
                LegMeasured(at=now, leg_id=leg.leg_id, call_id=leg.call_id, agent_id=leg.agent_id, quality=quality)
            )
            if leg.kind is LegKind.SIP:
                await self._watch_silence(leg, statistics.packets_received, now)
        known = {leg.leg_id for leg in legs}
        self._heard = {leg_id: seen for leg_id, seen in self._heard.items() if leg_id in known}

    def _quality(self, leg: Leg, statistics: LegStatistics, levels: PortLevels | None) -> LegQuality:
        """A browser's leg is measured on the browser's side: the way between the engine and us is this machine."""
        browser = self._browsers.find(leg.leg_id)
        seen = browser.quality() if browser is not None else None
        return LegQuality(
            packets_sent=seen.packets_sent if seen else statistics.packets_sent,
            packets_received=seen.packets_received if seen else statistics.packets_received,
            packets_lost=seen.packets_lost if seen else statistics.packets_lost,
            jitter_ms=round(seen.jitter_ms if seen else statistics.jitter_ms, 2),
            round_trip_ms=seen.round_trip_ms if seen else statistics.rtt_ms,
            codec=leg.codec or statistics.codec,
            level_in_dbfs=level_dbfs(levels.heard) if levels else None,
            level_out_dbfs=level_dbfs(levels.sent) if levels else None,
        )

    async def _watch_silence(self, leg: Leg, packets: int, now: float) -> None:
        """A phone whose network died sends no BYE; that its RTP stopped is all there is to see."""
        seen = self._heard.get(leg.leg_id)
        if seen is None or seen.packets != packets:
            self._heard[leg.leg_id] = _Silence(packets, now)
            if leg.impaired:
                self._say_impaired(leg, False, now)
            return
        silent_s = now - seen.since
        if silent_s >= self._shared.config.lost_phone_after_s:
            await self._admission.end(leg, EndCause.MEDIA_TIMEOUT)
        elif silent_s >= self._shared.config.silent_phone_after_s and not leg.impaired:
            self._say_impaired(leg, True, now)

    def _say_impaired(self, leg: Leg, impaired: bool, now: float) -> None:
        self._shared.legs.note(leg.leg_id, impaired=impaired)
        reason = "the phone sends no sound" if impaired else ""
        self._shared.outbox.put(LegImpaired(at=now, leg_id=leg.leg_id, agent_id=leg.agent_id, impaired=impaired, reason=reason))
