"""A browser leg against the real browser: ICE, DTLS, both directions of sound, digits, reports, goodbyes."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import pytest_asyncio
from patchbay_media import MediaLink
from playwright.async_api import BrowserContext

from telephony.engine_settings import Codec
from telephony.webrtc.leg import BrowserLeg
from telephony.webrtc.liveness import LegNews, LivenessConfig
from telephony.webrtc.sdp import ChosenCodec
from telephony.webrtc.transport import Certificate, CloseReason, TransportConfig, new_certificate
from tests.peers.browser import MICROPHONE_HZ, BrowserPhone, open_phone
from tests.peers.engine_end import EngineEnd
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import PATIENCE_S, until, until_told

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENGINE_HZ = 1000.0
RTP_HEADER, SAMPLES_OF_20_MS = 12, 160
"""At 8 kHz, a byte each (G.711)."""


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return new_certificate()


class LegUnderTest:
    """A leg whose engine is a `RtpPeer`, and the news it told."""

    def __init__(self, certificate: Certificate, engine: RtpPeer, liveness: LivenessConfig) -> None:
        self.news: asyncio.Queue[LegNews | CloseReason] = asyncio.Queue()
        self.leg = BrowserLeg("leg_test", certificate, TransportConfig(), liveness, self.news.put_nowait)
        self.engine = engine
        self.chosen: ChosenCodec | None = None
        self._end: EngineEnd | None = None
        self._ticking = asyncio.create_task(self._tick())

    async def answer(self, sdp_offer: str) -> str:
        async def open_port(chosen: ChosenCodec, link: MediaLink) -> None:
            self.chosen = chosen
            self._end = EngineEnd(link, self.engine.address)
            self.engine.send_to(self._end.address)

        return await self.leg.open(sdp_offer, (Codec.PCMU,), open_port)

    async def receives(self, within_s: float = PATIENCE_S) -> LegNews | CloseReason:
        return await asyncio.wait_for(self.news.get(), within_s)

    async def tells_at_last(self, wanted: LegNews, within_s: float = PATIENCE_S) -> list[LegNews | CloseReason]:
        """All news up to this one: a busy machine's browser may fall silent for a moment by itself."""
        told: list[LegNews | CloseReason] = []
        async with asyncio.timeout(within_s):
            while not told or told[-1] is not wanted:
                told.append(await self.news.get())
        return told

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.leg.tick()

    async def close(self) -> None:
        self._ticking.cancel()
        await asyncio.wait([self._ticking])
        await self.leg.close()
        if self._end is not None:
            self._end.close()


@asynccontextmanager
async def open_leg(certificate: Certificate, liveness: LivenessConfig) -> AsyncIterator[LegUnderTest]:
    async with RtpPeer(ENGINE_HZ) as engine:
        under_test = LegUnderTest(certificate, engine, liveness)
        yield under_test
        await under_test.close()


@pytest_asyncio.fixture(loop_scope="module")
async def leg(certificate: Certificate) -> AsyncIterator[LegUnderTest]:
    """It takes no browser for gone that is only slow."""
    async with open_leg(certificate, LivenessConfig(impaired_after_s=600, lost_after_s=600)) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def impatient_leg(certificate: Certificate) -> AsyncIterator[LegUnderTest]:
    async with open_leg(certificate, LivenessConfig(impaired_after_s=0.5, lost_after_s=2.5)) as found:
        yield found


async def connected(browser: BrowserContext, leg: LegUnderTest) -> BrowserPhone:
    phone = await open_phone(browser)
    await phone.connect(leg.answer)
    assert await leg.receives() is LegNews.CONNECTED
    return phone


async def test_both_sides_hear_each_other_at_fifty_packets_a_second(browser: BrowserContext, leg: LegUnderTest) -> None:
    """The browser's own count of time says the rate: what arrives late on a busy machine was not sent more slowly."""
    phone = await connected(browser, leg)
    await phone.hears_tone(ENGINE_HZ)

    already = len(leg.engine.packets)
    await leg.engine.received(already + 100)
    await until(lambda: leg.engine.hears_hz() == pytest.approx(MICROPHONE_HZ, abs=10))

    packets = leg.engine.packets[already : already + 100]
    heads = [struct.unpack_from("!HI", packet, 2) for packet in packets]
    steps = {(after[0] - before[0] & 0xFFFF, after[1] - before[1] & 0xFFFFFFFF) for before, after in pairwise(heads)}
    assert steps == {(1, SAMPLES_OF_20_MS)}
    assert {len(packet) for packet in packets} == {RTP_HEADER + SAMPLES_OF_20_MS}


async def test_reports_give_both_sides_their_round_trip(browser: BrowserContext, leg: LegUnderTest) -> None:
    phone = await connected(browser, leg)

    async def both_know() -> bool:
        remote = (await phone.stats()).get("remote-inbound-rtp", {})
        return leg.leg.quality().round_trip_ms is not None and "roundTripTime" in remote

    await until_told(both_know, within_s=20)

    quality = leg.leg.quality()
    assert quality.round_trip_ms is not None
    # Wide bounds: they tell a wrong unit (a middle word of an NTP time for a millisecond), not a busy machine.
    assert 0 <= quality.round_trip_ms < 2000
    assert quality.packets_lost == 0
    assert quality.packets_lost_remote == 0
    assert 0 <= quality.jitter_ms < 500
    assert 0 <= (await phone.stats())["remote-inbound-rtp"]["roundTripTime"] < 2


async def test_a_digit_arrives_as_a_telephone_event(browser: BrowserContext, leg: LegUnderTest) -> None:
    phone = await connected(browser, leg)
    await phone.press("7")

    assert leg.chosen is not None
    event_type = leg.chosen.event_payload_type
    assert event_type is not None
    await until(lambda: any(p[1] & 0x7F == event_type for p in leg.engine.packets))
    events = [p for p in leg.engine.packets if p[1] & 0x7F == event_type]
    assert events[0][12] == 7


async def test_a_closed_connection_is_noticed_at_once(browser: BrowserContext, leg: LegUnderTest) -> None:
    phone = await connected(browser, leg)
    await phone.hang_up()

    assert await leg.receives() is CloseReason.PEER_CLOSED, "its goodbye, not a silence that lasted"


async def test_a_page_that_vanishes_is_impaired_and_then_lost(browser: BrowserContext, impatient_leg: LegUnderTest) -> None:
    phone = await connected(browser, impatient_leg)
    await phone.page.close()

    assert (await impatient_leg.tells_at_last(LegNews.TIMED_OUT))[-2] is LegNews.IMPAIRED


async def test_a_page_that_falls_silent_is_impaired_and_then_lost(browser: BrowserContext, impatient_leg: LegUnderTest) -> None:
    phone = await connected(browser, impatient_leg)
    await phone.page.evaluate("phone.sender.replaceTrack(null)")

    assert (await impatient_leg.tells_at_last(LegNews.TIMED_OUT))[-2] is LegNews.IMPAIRED


async def test_sound_that_returns_is_told(browser: BrowserContext, certificate: Certificate) -> None:
    async with open_leg(certificate, LivenessConfig(impaired_after_s=0.5, lost_after_s=600)) as leg:
        phone = await connected(browser, leg)
        await phone.page.evaluate("phone.sender.replaceTrack(null)")
        await leg.tells_at_last(LegNews.IMPAIRED)
        await phone.page.evaluate("phone.sender.replaceTrack(phone.mic.getAudioTracks()[0])")

        assert await leg.receives() is LegNews.RECOVERED


async def test_the_page_sees_our_goodbye(browser: BrowserContext, leg: LegUnderTest) -> None:
    phone = await connected(browser, leg)
    await leg.leg.close()

    async def closed() -> bool:
        return await phone.state() == "closed"

    await until_told(closed)


async def test_a_browser_that_hides_its_addresses_is_learnt_from_its_checks(browser: BrowserContext, leg: LegUnderTest) -> None:
    phone = await open_phone(browser)
    offer = await phone.offer()
    hidden = re.sub(r"(a=candidate:\S+ \d udp \d+ )\S+", r"\g<1>0d5e2b1c-0000-4000-8000-123456789abc.local", offer)
    await phone.accept(await leg.answer(hidden))

    assert await leg.receives() is LegNews.CONNECTED
    assert leg.leg.selected_pair == "host/prflx"
