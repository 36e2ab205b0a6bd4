"""Whoever sends sound and keys to a call's port is heard by nobody, and takes nothing, in the whole product.

One agent, one caller written by hand, and thieves: at another host of the network, and at another port of the caller's own host.
They know the port that the caller was given, and send all the time: before the caller's first packet, while the caller is silent,
on hold by either side, and while the caller's sound moves elsewhere.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telephony.media_engine import RtpAddress
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.raw_sip import Answer, RawSip
from tests.peers.rtp_peer import RtpPeer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

FLOW = """
flow: flow_demo
name: Asks first
start: choose
steps:
  choose:
    verb: menu
    ask: For billing press 1.
    tries: 9
    timeout_s: 3
    options:
      - {digit: 1, label: billing, go: wait}
      - {digit: 9, label: stolen, go: stolen}
    otherwise: stolen
  wait:
    verb: enqueue
    queue: queue_billing
    too_long: stolen
    failed: stolen
  stolen: {verb: hang_up, say: Sorry.}
"""
CALLER_HZ, AGENT_HZ, THIEF_HZ = 440.0, 620.0, 1000.0
HEARD_WITHIN_S = 2.0
"""After the sound may flow again: one for it to arrive, and one to tell a tone on a machine that does other things, too."""
LISTEN_S = 1.0
KEY_9, KEY_1, KEY_TYPE = 9, 1, 101


def key_packets(key: int, ssrc: int, at: int) -> list[bytes]:
    """One key as it is pressed (RFC 4733 §2.5.1): 100 ms, its end three times."""
    durations = [(160 * number, number > 5) for number in (1, 2, 3, 4, 5, 6, 6, 6)]
    return [
        struct.pack("!BBHII", 0x80, KEY_TYPE | (0x80 if not number else 0), (at + number) & 0xFFFF, at * 160, ssrc)
        + struct.pack("!BBH", key, 0x8A if over else 0x0A, samples)
        for number, (samples, over) in enumerate(durations)
    ]


@asynccontextmanager
async def thief_at(host: str, target: RtpAddress) -> AsyncIterator[RtpPeer]:
    """Sound, a key twice a second, and reports to the port beside it."""
    async with RtpPeer(THIEF_HZ, ssrc=0xBAD, host=host) as thief:
        thief.send_to(target)

        async def press_for_ever() -> None:
            at = 30_000
            while True:
                for packet in key_packets(KEY_9, 0xBAD, at):
                    thief.say(packet, target)
                thief.say(struct.pack("!BBHI", 0x80, 203, 1, 0xBAD), RtpAddress(target.host, target.port + 1))  # RTCP BYE
                at += 25
                await asyncio.sleep(0.5)

        pressing = asyncio.create_task(press_for_ever())
        yield thief
        pressing.cancel()
        await asyncio.wait([pressing])
        assert thief.packets == [], "a thief hears nothing"


class Scene:
    def __init__(self, mei: HeadlessAgent, dialog: Dialog) -> None:
        self.mei = mei
        self.dialog = dialog

    async def only_the_caller(self) -> None:
        """Soon after sound may flow, and no thief in it."""
        assert await self.mei.hears_tone(CALLER_HZ, within_s=HEARD_WITHIN_S)
        await self.nobody_but_the_caller()

    async def nobody_but_the_caller(self) -> None:
        assert not await self.mei.hears_tone(THIEF_HZ, within_s=LISTEN_S)


async def test_nobody_but_the_caller_is_ever_heard_and_the_caller_is_soon_after_every_hold(tmp_path: Path) -> None:
    async with Installation(tmp_path) as installation:
        await publish(installation, FLOW)
        async with (
            HeadlessAgent.signed_in(installation, "mei", hz=AGENT_HZ) as mei,
            RawSip.to(installation.sip_port) as carrier,
            RtpPeer(CALLER_HZ) as caller,
            RtpPeer(CALLER_HZ, ssrc=0x5151) as elsewhere,
        ):
            await mei.becomes("available")
            invite = carrier.request("INVITE", body=sdp(caller.address)).replace("sip:100@", "sip:1000@")
            carrier.send(invite)
            dialog = Dialog(carrier, invite, Answer(await carrier.received("SIP/2.0 200")), "")
            dialog.acknowledge()
            async with thief_at("127.0.0.66", dialog.media):  # he is there before the caller says anything
                caller.send_to(dialog.media)
                await caller.received(100)
                for packet in key_packets(KEY_1, 0x5050, 20_000):
                    caller.say(packet, dialog.media)
                async with thief_at("127.0.0.1", dialog.media):
                    await talk(Scene(mei, dialog), caller, elsewhere)
            carrier.send(dialog.request("BYE"))
            over = await mei.call_is("wrap_up")
            assert over["cause"] == "caller:hung_up"


async def talk(scene: Scene, caller: RtpPeer, elsewhere: RtpPeer) -> None:
    mei, dialog = scene.mei, scene.dialog
    await mei.accepts(await mei.offered())
    call_id = str((await mei.call_is("talking"))["call_id"])
    await scene.only_the_caller()

    caller.stop()  # says nothing, by voice detection perhaps
    await scene.nobody_but_the_caller()
    caller.send_to(dialog.media)
    await scene.only_the_caller()

    for held in (
        sdp(caller.address, direction="sendonly"),
        sdp(caller.address, direction="inactive"),
        sdp(RtpAddress("0.0.0.0", caller.address.port)),
    ):
        caller.stop()
        await dialog.offers(held)
        await scene.nobody_but_the_caller()
        await dialog.offers(sdp(caller.address))
        await scene.nobody_but_the_caller()
        caller.send_to(dialog.media)
        await scene.only_the_caller()

    await mei.holds(call_id, True)
    await scene.nobody_but_the_caller()
    await mei.holds(call_id, False)
    await scene.only_the_caller()

    await dialog.offers(sdp(elsewhere.address))  # the phone was moved, and its old place is silent now
    caller.stop()
    await scene.nobody_but_the_caller()
    elsewhere.send_to(dialog.media)
    await scene.only_the_caller()
    heard = len(caller.packets)
    await elsewhere.received(len(elsewhere.packets) + 50)
    assert len(caller.packets) <= heard + 5, "the old place hears nothing more"
