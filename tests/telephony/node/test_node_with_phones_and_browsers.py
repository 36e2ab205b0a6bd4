"""The node with the real engine, a SIP phone and a browser: who hears whom, what is recorded, what is told."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext

from core.causes import EndCause
from core.commands import (
    AnswerLeg,
    CreateBrowserLeg,
    HangUpLeg,
    ListLegs,
    PlayPrompt,
    SendDigits,
    StartTap,
)
from core.events import (
    DigitPressed,
    LegAnswered,
    LegConnected,
    LegEnded,
    LegImpaired,
    LegMeasured,
    LegOffered,
    PlaybackFinished,
    RecordingFinished,
)
from core.ids import AgentId, CallId, LegId, PlaybackId, RecordingId, TapId
from core.model import LegKind, LegPurpose
from core.sealing import seal
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.sip.engine import SipMediaEngine
from telephony.webrtc.liveness import LivenessConfig
from tests.peers.browser import MICROPHONE_HZ, BrowserPhone, open_phone
from tests.peers.digits import SEAL_DIGITS, opened
from tests.peers.mixes import alone, recorded, talk
from tests.peers.phone import Phone
from tests.peers.rtp_peer import RtpPeer
from tests.peers.tones import read_wav, says_tone, tone, write_wav
from tests.peers.waiting import until
from tests.telephony.node.running import UNHURRIED_S, RunningNode, config_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE_HZ, OTHER_PHONE_HZ, PROMPT_HZ = 1000, 1400, 700.0
RECORDED_S = 1.0
"""How long both are recorded at least: `says_tone` wants half a second of a tone, without a late packet in it."""
AGENT_LEG, AGENT, CALL = LegId("leg_agent"), AgentId("agent_1"), CallId("call_phone")


class Site:
    """One node with its callers and agents."""

    def __init__(self, running: RunningNode, sip_port: int, data_dir: Path) -> None:
        self.bus = running.bus
        self.do = running.do
        self.data_dir = data_dir
        self._uri = f"sip:100@127.0.0.1:{sip_port}"

    async def call_from(self, phone: Phone) -> LegOffered:
        """The phone calls and call control answers."""
        await phone.dial(self._uri)
        offered = await self.bus.wait_for(LegOffered, kind=LegKind.SIP)
        await self.do(AnswerLeg(leg_id=offered.leg_id))
        await phone.connected()
        await self.bus.wait_for(LegAnswered, leg_id=offered.leg_id)
        await phone.says_tone(PHONE_HZ)
        return offered

    async def browser_leg(self, browser: BrowserContext, leg_id: LegId, **who: object) -> BrowserPhone:
        """A page opens a leg and is heard by the node."""
        page = await open_phone(browser)

        async def exchange(offer: str) -> str:
            command = CreateBrowserLeg(leg_id=leg_id, sdp_offer=offer, **who)  # type: ignore[arg-type]
            return str((await self.do(command)).result["sdp"])

        await page.connect(exchange)
        await self.bus.wait_for(LegConnected, leg_id=leg_id)
        return page

    async def agent(self, browser: BrowserContext, leg_id: LegId = AGENT_LEG) -> BrowserPhone:
        return await self.browser_leg(browser, leg_id, purpose=LegPurpose.AGENT, agent_id=AGENT)


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@asynccontextmanager
async def open_site(tmp_path: Path, **changes: object) -> AsyncIterator[Site]:
    sip_port = free_udp_port()
    engine_config = SipEngineConfig(
        bind_host="127.0.0.1",
        sip_port=sip_port,
        trunks=(Trunk(name="test", networks=("127.0.0.1",)),),
        first_rtp_port=30000,
        last_rtp_port=31000,
    )
    config = config_for(tmp_path, **changes)
    async with RunningNode(lambda on_event: SipMediaEngine(engine_config, on_event), config) as running:
        yield Site(running, sip_port, tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Its node takes nobody for gone who is only slow."""
    async with open_site(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def phone() -> AsyncIterator[Phone]:
    async with Phone.start() as started:
        yield started


async def test_a_phone_and_an_agents_browser_hear_each_other_and_are_recorded(
    site: Site, browser: BrowserContext, phone: Phone
) -> None:
    agent = await site.agent(browser)
    caller = await site.call_from(phone)

    recording = recorded("rec_1", "recordings/1.wav", caller.leg_id, AGENT_LEG)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG, recordings=(recording,)))
    await agent.hears_tone(PHONE_HZ)
    assert await phone.hears_tone(MICROPHONE_HZ)
    await phone.listen(RECORDED_S)
    await site.do(talk(CALL, version=2))

    finished = await site.bus.wait_for(RecordingFinished, recording_id=RecordingId("rec_1"))
    (left, right), rate_hz = read_wav(site.data_dir / "recordings/1.wav")
    assert rate_hz == 8000
    assert finished.duration_ms == pytest.approx(len(left) / 8, abs=40)
    assert says_tone(PHONE_HZ, left)
    assert says_tone(MICROPHONE_HZ, right)
    assert not says_tone(MICROPHONE_HZ, left)
    assert not says_tone(PHONE_HZ, right)


async def test_the_agents_leg_outlives_the_call(site: Site, browser: BrowserContext, phone: Phone) -> None:
    agent = await site.agent(browser)
    caller = await site.call_from(phone)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG))
    await agent.hears_tone(PHONE_HZ)

    await phone.hang_up()

    assert (await site.bus.wait_for(LegEnded, leg_id=caller.leg_id)).cause is EndCause.CALLER_HUNG_UP
    await agent.hears_silence()
    await site.do(talk(CALL, version=2))
    legs = (await site.do(ListLegs())).result["legs"]
    assert [(leg["leg_id"], leg["answered"], leg["call_id"]) for leg in legs] == [(AGENT_LEG, True, None)]


async def test_digits_sent_by_the_node_reach_the_phone(site: Site, phone: Phone) -> None:
    offered = await site.call_from(phone)
    public_key = (await site.do(SEAL_DIGITS)).result["public_key"]
    assert (await site.do(SendDigits(leg_id=offered.leg_id, sealed=seal(public_key, "7", offered.leg_id)))).ok
    await phone.news("digit", call="1", digit="7")


async def test_hold_takes_the_agents_voice_away_and_plays_music(site: Site, browser: BrowserContext, phone: Phone) -> None:
    write_wav(site.data_dir / "hold.wav", tone(PROMPT_HZ, 1.0))
    agent = await site.agent(browser)
    caller = await site.call_from(phone)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG))
    await agent.hears_tone(PHONE_HZ)

    await site.do(alone(CALL, caller.leg_id, AGENT_LEG, version=2, sounds={caller.leg_id: "hold.wav"}))
    assert await phone.hears_tone(PROMPT_HZ)
    await agent.hears_silence()

    await site.do(talk(CALL, caller.leg_id, AGENT_LEG, version=3))
    await agent.hears_tone(PHONE_HZ)
    assert await phone.hears_tone(MICROPHONE_HZ)


async def test_a_widgets_caller_is_offered_answered_and_hears_the_flow(site: Site, browser: BrowserContext) -> None:
    write_wav(site.data_dir / "welcome.wav", tone(PROMPT_HZ, 4.0))
    leg_id, call_id = LegId("leg_widget"), CallId("call_widget")
    page = await site.browser_leg(
        browser, leg_id, purpose=LegPurpose.CALLER, call_id=call_id, called="100", display_name="Visitor"
    )

    offered = await site.bus.wait_for(LegOffered, call_id=call_id)
    assert (offered.kind, offered.called, offered.display_name) == (LegKind.BROWSER, "100", "Visitor")
    await site.do(AnswerLeg(leg_id=leg_id))
    assert (await site.bus.wait_for(LegAnswered, leg_id=leg_id)).codec == "PCMU"
    await site.do(PlayPrompt(leg_id=leg_id, playback_id=PlaybackId("p"), files=("welcome.wav",)))
    await page.hears_tone(PROMPT_HZ)
    await page.press("5")
    assert opened(await site.bus.wait_for(DigitPressed, call_id=call_id)) == "5"
    assert (await site.bus.wait_for(PlaybackFinished, call_id=call_id)).outcome == "completed"

    await site.do(HangUpLeg(leg_id=leg_id, cause=EndCause.FLOW_HUNG_UP))
    assert (await site.bus.wait_for(LegEnded, leg_id=leg_id)).cause is EndCause.FLOW_HUNG_UP
    await until_page_closed(page)


async def until_page_closed(page: BrowserPhone) -> None:
    await page.page.wait_for_function("phone.sender.transport.state === 'closed'")


async def test_an_unclaimed_widget_caller_is_let_go(tmp_path: Path, browser: BrowserContext) -> None:
    leg_id = LegId("leg_widget")
    async with open_site(tmp_path, claim_within_s=0.3) as site:
        page = await site.browser_leg(browser, leg_id, purpose=LegPurpose.CALLER, call_id=CallId("call_w"))

        assert (await site.bus.wait_for(LegEnded, leg_id=leg_id)).cause is EndCause.REFUSED_NO_CONTROL
        await until_page_closed(page)


async def test_a_reloaded_agent_takes_the_running_call_and_the_recording_back(
    site: Site, browser: BrowserContext, phone: Phone
) -> None:
    agent = await site.agent(browser)
    caller = await site.call_from(phone)
    recording = recorded("rec", "r.wav", caller.leg_id, AGENT_LEG)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG, recordings=(recording,)))
    await agent.hears_tone(PHONE_HZ)
    await agent.hang_up()
    assert (await site.bus.wait_for(LegEnded, leg_id=AGENT_LEG)).cause is EndCause.AGENT_LOST

    again = LegId("leg_agent_again")
    page = await site.agent(browser, again)
    recording = recorded("rec", "r.wav", caller.leg_id, again)
    await site.do(talk(CALL, caller.leg_id, again, version=2, recordings=(recording,)))
    await page.hears_tone(PHONE_HZ)
    assert await phone.hears_tone(MICROPHONE_HZ)
    await phone.listen(RECORDED_S)

    await site.do(talk(CALL, version=3))
    await site.bus.wait_for(RecordingFinished)
    (_, right), _ = read_wav(site.data_dir / "r.wav")
    assert says_tone(MICROPHONE_HZ, right[-8000:])


async def test_a_tap_hears_only_its_leg(site: Site, browser: BrowserContext, phone: Phone) -> None:
    await site.agent(browser)
    caller = await site.call_from(phone)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG))
    async with RtpPeer(0.0) as recognizer:
        address = recognizer.address
        await site.do(StartTap(tap_id=TapId("tap"), leg_id=caller.leg_id, host=address.host, port=address.port, ssrc=0xABCD))
        await recognizer.received(100)

        assert {packet[8:12] for packet in recognizer.packets} == {(0xABCD).to_bytes(4, "big")}
        assert {packet[1] & 0x7F for packet in recognizer.packets} == {0}
        await until(lambda: says_tone(PHONE_HZ, recognizer.audio()))


async def test_a_browser_that_falls_silent_is_told_and_so_is_its_return(tmp_path: Path, browser: BrowserContext) -> None:
    falls_silent = LivenessConfig(impaired_after_s=0.6, lost_after_s=UNHURRIED_S)
    async with open_site(tmp_path, liveness=falls_silent) as site:
        agent = await site.agent(browser)
        await agent.page.evaluate("phone.sender.replaceTrack(null)")
        assert (await site.bus.wait_for(LegImpaired, impaired=True)).agent_id == AGENT
        await agent.page.evaluate("phone.sender.replaceTrack(phone.mic.getAudioTracks()[0])")

        await site.bus.wait_for(LegImpaired, impaired=False)


async def test_a_browser_that_vanishes_ends_its_leg(tmp_path: Path, browser: BrowserContext) -> None:
    async with open_site(tmp_path, liveness=LivenessConfig(impaired_after_s=0.6, lost_after_s=2.0)) as site:
        agent = await site.agent(browser)
        await agent.page.close()

        assert (await site.bus.wait_for(LegEnded, leg_id=AGENT_LEG)).cause is EndCause.MEDIA_TIMEOUT


async def test_legs_in_a_call_are_measured(site: Site, browser: BrowserContext, phone: Phone) -> None:
    await site.agent(browser)
    caller = await site.call_from(phone)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG))

    def measured(leg_id: LegId) -> list[LegMeasured]:
        return [event for event in site.bus.of_type(LegMeasured) if event.leg_id == leg_id]

    # The phone's tone has an amplitude of 8192 (1/4 of full scale), the mean of a sine is 2/π of that: -16 dBFS.
    # A measurement may fall into the moment before the tone is there: one of them tells it.
    loud = pytest.approx(-16, abs=3)
    await until(lambda: any(event.quality.level_in_dbfs == loud for event in measured(caller.leg_id)), within_s=30)
    await until(lambda: any(event.quality.level_out_dbfs == loud for event in measured(AGENT_LEG)), within_s=30)
    await until(lambda: measured(AGENT_LEG)[-1].quality.packets_received > 50, within_s=30)
    told = measured(AGENT_LEG)[-1]
    assert (told.agent_id, told.quality.packets_lost) == (AGENT, 0)
    assert measured(caller.leg_id)[-1].quality.codec == "PCMU"


async def test_losing_the_bus_disturbs_no_sound(site: Site, browser: BrowserContext, phone: Phone) -> None:
    agent = await site.agent(browser)
    caller = await site.call_from(phone)
    await site.do(talk(CALL, caller.leg_id, AGENT_LEG))
    await agent.hears_tone(PHONE_HZ)
    site.bus.go_away()
    await phone.says_tone(OTHER_PHONE_HZ)
    await agent.hears_tone(OTHER_PHONE_HZ)
    assert await phone.hears_tone(MICROPHONE_HZ)
    await phone.hang_up()
    await phone.disconnected()
    await site.bus.come_back()

    assert (await site.bus.wait_for(LegEnded, leg_id=caller.leg_id)).cause is EndCause.CALLER_HUNG_UP
    assert await agent.state() == "connected"
