"""Quality of legs in a call, and phones whose network died without a BYE."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.causes import EndCause
from core.events import LegEnded, LegImpaired, LegMeasured
from core.ids import CallId, LegId
from core.model import LegKind, LegPurpose
from telephony.media_engine import EngineError, EngineEvent
from telephony.node.admission import Admission
from telephony.node.browser_side import BrowserSide
from telephony.node.legs import Leg, LegState
from telephony.node.links import Links
from telephony.node.measuring import Measuring, level_dbfs
from telephony.node.outbox import Outbox
from telephony.node.phone_life import PhoneLifeConfig
from telephony.node.shared import Shared
from telephony.node.sip_side import SipSide
from telephony.webrtc.transport import new_certificate
from tests.peers.memory_bus import MemoryBus
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import config_for

PHONE = LegId("leg_phone")


class Ward:
    """One answered phone leg, an engine double, and a clock that jumps."""

    def __init__(self, folder: Path) -> None:
        self.time = 1000.0
        self.bus = MemoryBus()
        self.outbox = Outbox(self.bus, self._never_away)
        self.engine = EngineDouble(self._on_event)
        config = config_for(folder, phones=PhoneLifeConfig(silent_after_s=10, ask_after_s=30, answers_within_s=10))
        self.shared = Shared(config, self, self.engine, self.outbox)
        self.phones = SipSide(self.shared)
        browsers = BrowserSide(self.shared, new_certificate())
        self.measuring = Measuring(self.shared, browsers, Admission(self.shared, self.phones, browsers, Links(self.shared)))
        self.engine.legs.add(PHONE)
        self.shared.legs.add(
            Leg(
                leg_id=PHONE,
                kind=LegKind.SIP,
                purpose=LegPurpose.CALLER,
                state=LegState.UP,
                since=self.time,
                call_id=CallId("call_1"),
                codec="PCMU",
            )
        )

    def _on_event(self, event: EngineEvent) -> None:
        self.phones.handle(event)

    async def _never_away(self, away: bool) -> None:
        raise AssertionError("this bus is always there")

    def now(self) -> float:
        return self.time

    async def passes(self, seconds: float, packets: int = 0) -> None:
        self.time += seconds
        self.engine.packets_received += packets
        await self.measuring.measure()
        await self.outbox.flushed()

    @property
    def impairments(self) -> list[bool]:
        return [event.impaired for event in self.bus.of_type(LegImpaired)]


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    found = Ward(tmp_path)
    publishing = asyncio.create_task(found.outbox.run())
    yield found
    publishing.cancel()
    await asyncio.wait([publishing])


async def test_a_leg_in_a_call_is_measured(ward: Ward) -> None:
    await ward.passes(5, packets=250)

    (measured,) = ward.bus.of_type(LegMeasured)
    assert (measured.call_id, measured.purpose) == ("call_1", LegPurpose.CALLER)
    assert (measured.quality.packets_received, measured.quality.round_trip_ms) == (250, 4.0)
    assert measured.quality.level_in_dbfs == pytest.approx(-0.2, abs=0.1)
    assert measured.quality.level_out_dbfs is None


async def test_a_leg_that_goes_away_meanwhile_is_not_measured(ward: Ward) -> None:
    ward.engine.fails["statistics"] = EngineError("no_such_port", "gone")
    await ward.passes(5)

    assert ward.bus.published == []


async def test_a_silent_phone_is_impaired_mends_and_is_given_up_in_the_end(ward: Ward) -> None:
    await ward.passes(5, packets=250)
    await ward.passes(5)
    assert ward.impairments == []
    await ward.passes(5)
    await ward.passes(5)
    assert ward.impairments == [True]

    await ward.passes(5, packets=1)
    assert ward.impairments == [True, False]

    for _ in range(8):
        await ward.passes(5)
    (ended,) = ward.bus.of_type(LegEnded)
    assert ended.cause is EndCause.MEDIA_TIMEOUT
    assert ward.engine.requests("ask") == [(PHONE,)], "it was asked before"


async def test_a_phone_that_cannot_be_asked_is_asked_again_and_not_given_up(ward: Ward) -> None:
    ward.engine.fails["ask"] = EngineError("sip_error", "no way")
    for _ in range(20):
        await ward.passes(5)
    assert ward.bus.of_type(LegEnded) == []
    assert len(ward.engine.requests("ask")) > 5


@pytest.mark.parametrize(("level", "dbfs"), [(0, None), (127, -0.2), (64, -24.4), (1, -72.2)])
def test_the_bridges_meter_in_decibels(level: int, dbfs: float | None) -> None:
    """Inverted µ-law code words: 127 is the loudest; segment 4 begins at 1980 of 32768 (G.711)."""
    found = level_dbfs(level)
    assert found == (None if dbfs is None else pytest.approx(dbfs, abs=0.2))
