"""How legs sound: quality of each leg in a call every few seconds, and phones that have fallen silent (`phone_life.py`).

Invariant: a leg that goes away while it is measured is simply not measured.
"""

from __future__ import annotations

import math

import structlog

from core.causes import EndCause
from core.events import LegImpaired, LegMeasured
from core.ids import LegId
from core.model import LegKind, LegPurpose, LegQuality
from telephony.media_engine import EngineError, LegStatistics, PortLevels
from telephony.node.admission import Admission
from telephony.node.browser_side import BrowserSide
from telephony.node.legs import Leg, LegState
from telephony.node.phone_life import PhoneLife, PhoneNews
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)


def level_dbfs(level: int) -> float | None:
    """The bridge's meter in decibels below full scale; None for silence.

    pjmedia's meter is the average amplitude of a frame as an inverted µ-law code word (ITU-T G.711): 3 bits of exponent,
    4 of mantissa.
    """
    amplitude = (((level & 0x0F) << 3) + 0x84 << (level >> 4 & 7)) - 0x84
    return round(20 * math.log10(amplitude / 32768), 1) if amplitude > 0 else None


def _is_somebodys(leg: Leg) -> bool:
    """In a call, and no way to another node, where whoever it stands for is measured."""
    return leg.state is LegState.UP and leg.call_id is not None and leg.purpose is not LegPurpose.LINK


class Measuring:
    """Asks the engine and the browser legs; owns nothing but what it saw last."""

    def __init__(self, shared: Shared, browsers: BrowserSide, admission: Admission) -> None:
        self._shared = shared
        self._browsers = browsers
        self._admission = admission
        self._lives: dict[LegId, PhoneLife] = {}
        self._besieged: set[LegId] = set()
        """Legs to which somebody else than their peer sends; each is told once."""

    async def measure(self) -> None:
        """One round over all legs that are in a call."""
        legs = [leg for leg in self._shared.legs if _is_somebodys(leg)]
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
                LegMeasured(
                    at=now,
                    leg_id=leg.leg_id,
                    call_id=leg.call_id,
                    purpose=leg.purpose,
                    agent_id=leg.agent_id,
                    quality=quality,
                )
            )
            if leg.kind is LegKind.SIP:
                await self._watch(leg, statistics, now)
        known = {leg.leg_id for leg in legs}
        self._lives = {leg_id: life for leg_id, life in self._lives.items() if leg_id in known}
        self._besieged &= known

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

    async def _watch(self, leg: Leg, statistics: LegStatistics, now: float) -> None:
        if statistics.strangers and leg.leg_id not in self._besieged:
            self._besieged.add(leg.leg_id)
            log.warning("packets from elsewhere than the peer are dropped", leg_id=leg.leg_id, call_id=leg.call_id)
        life = self._lives.setdefault(leg.leg_id, PhoneLife(self._shared.config.phones, now))
        for news in life.look(statistics, now):
            if news is PhoneNews.ASK:
                await self._ask(leg, life)
            elif news is PhoneNews.LOST:
                await self._admission.end(leg, EndCause.MEDIA_TIMEOUT)
                return
            else:
                self._say_impaired(leg, news is PhoneNews.IMPAIRED, now)

    async def _ask(self, leg: Leg, life: PhoneLife) -> None:
        log.info("nothing comes from this phone: it is asked", leg_id=leg.leg_id, call_id=leg.call_id)
        try:
            await self._shared.engine.ask(leg.leg_id)
        except EngineError as error:
            life.not_asked()
            log.info("the phone cannot be asked", leg_id=leg.leg_id, code=error.code)

    def _say_impaired(self, leg: Leg, impaired: bool, now: float) -> None:
        self._shared.legs.note(leg.leg_id, impaired=impaired)
        reason = "the phone sends no sound" if impaired else ""
        self._shared.outbox.put(LegImpaired(at=now, leg_id=leg.leg_id, agent_id=leg.agent_id, impaired=impaired, reason=reason))
