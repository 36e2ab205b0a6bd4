"""The node with the real engine and callers who fall silent: who is there stays, who is gone is let go. Times are short."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.causes import EndCause
from core.commands import AnswerLeg
from core.events import LegAnswered, LegEnded, LegImpaired, LegOffered
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.media_engine import OnEngineEvent, RtpAddress
from telephony.node.phone_life import PhoneLifeConfig
from telephony.sip.engine import SipMediaEngine
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.raw_sip import Answer, RawSip
from tests.peers.waiting import until
from tests.telephony.node.running import RunningNode, config_for

HASTY = PhoneLifeConfig(silent_after_s=0.4, ask_after_s=0.8, answers_within_s=3.0)
PHONE = RtpAddress("127.0.0.1", 40000)


class Site:
    def __init__(self, running: RunningNode, peer: RawSip) -> None:
        self.running = running
        self.bus = running.bus
        self.peer = peer

    async def caller(self, offer: str, *, answer: str = "") -> Dialog:
        """Calls, is answered, and acknowledges with this answer, if the engine made the offer."""
        invite = self.peer.request("INVITE", body=offer)
        self.peer.send(invite)
        offered = await self.bus.wait_for(LegOffered)
        await self.running.do(AnswerLeg(leg_id=offered.leg_id))
        dialog = Dialog(self.peer, invite, Answer(await self.peer.received("SIP/2.0 200")), offered.leg_id)
        dialog.acknowledge(answer)
        return dialog

    async def connected(self, offer: str) -> Dialog:
        dialog = await self.caller(offer)
        await self.bus.wait_for(LegAnswered)
        return dialog

    def ended(self) -> list[EndCause]:
        return [event.cause for event in self.bus.of_type(LegEnded)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with hasty_node(tmp_path) as found:
        yield found


@asynccontextmanager
async def hasty_node(folder: Path) -> AsyncIterator[Site]:
    engines: list[SipMediaEngine] = []
    trunk = Trunk(name="lab", networks=("127.0.0.0/8",))
    config = SipEngineConfig(bind_host="127.0.0.1", sip_port=0, trunks=(trunk,), first_rtp_port=24000, last_rtp_port=26000)

    def make(on_event: OnEngineEvent) -> SipMediaEngine:
        engines.append(SipMediaEngine(config, on_event))
        return engines[-1]

    async with RunningNode(make, config_for(folder, phones=HASTY, measure_every_s=0.1)) as running:
        await until(lambda: engines[0].sip_port != 0)
        async with RawSip.to(engines[0].sip_port) as peer:
            yield Site(running, peer)


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(sdp(PHONE, direction="sendonly"), id="sendonly"),
        pytest.param(sdp(PHONE, direction="inactive"), id="inactive"),
        pytest.param(sdp(RtpAddress("0.0.0.0", PHONE.port)), id="0.0.0.0"),
        pytest.param(sdp(PHONE), id="silence suppression"),
    ],
)
async def test_a_caller_who_is_there_answers_and_stays_and_one_who_is_gone_is_let_go(site: Site, held: str) -> None:
    """Each of them got BYE after two minutes before."""
    dialog = await site.connected(sdp(PHONE))
    await dialog.offers(held)
    for _ in range(3):
        dialog.replies(await site.peer.received("OPTIONS"))
    assert site.ended() == []
    await site.peer.received("BYE")  # it answered nothing any more
    await until(lambda: site.ended() == [EndCause.MEDIA_TIMEOUT])


async def test_a_muted_phone_that_sends_reports_is_not_even_asked(site: Site) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
        reports.bind((PHONE.host, 0))
        dialog = await site.connected(sdp(RtpAddress(PHONE.host, reports.getsockname()[1] - 1)))
        begun = loop.time()
        while loop.time() - begun < HASTY.ask_after_s + HASTY.answers_within_s + 1:
            reports.sendto(struct.pack("!BBHI", 0x80, 201, 1, 7), (dialog.media.host, dialog.media.port + 1))
            await asyncio.sleep(0.1)
    assert site.ended() == []
    assert [event.impaired for event in site.bus.of_type(LegImpaired)] == [True]
    await site.peer.received("OPTIONS")  # now that the reports have stopped


async def test_a_peer_that_has_forgotten_the_call_loses_it_at_once(site: Site) -> None:
    dialog = await site.connected(sdp(PHONE))
    dialog.replies(await site.peer.received("OPTIONS"), "481 Call/Transaction Does Not Exist")
    await until(lambda: site.ended() == [EndCause.MEDIA_TIMEOUT])


async def test_a_late_offer_that_nobody_answers_is_no_call(site: Site) -> None:
    """It stayed for a quarter of an hour before, and an agent was blamed."""
    await site.caller("")
    await until(lambda: site.ended() == [EndCause.REFUSED_BAD_REQUEST])
    assert site.bus.of_type(LegAnswered) == []
