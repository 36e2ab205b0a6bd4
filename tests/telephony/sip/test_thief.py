"""Whoever sends to a caller's port is not heard and hears nothing: before and after hold, in silence, when the address moves."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import RtpAddress
from tests.peers import tones
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node

CALLER_HZ, THIEF_HZ, PROMPT_HZ = 500, 900, 700


@asynccontextmanager
async def thief_at(host: str, target: RtpAddress) -> AsyncIterator[RtpPeer]:
    """He sends sound and reports all the time, from one address."""
    async with RtpPeer(THIEF_HZ, ssrc=0xBAD, host=host) as thief:
        thief.send_to(target)
        report = struct.pack("!BBHI", 0x80, 201, 1, 0xBAD)

        async def report_for_ever() -> None:
            while True:
                thief.say(report, RtpAddress(target.host, target.port + 1))
                await asyncio.sleep(0.02)

        reporting = asyncio.create_task(report_for_ever())
        yield thief
        reporting.cancel()
        await asyncio.wait([reporting])


class Scene:
    """A caller who is answered, a third who hears what the leg brings, and a thief."""

    def __init__(self, node: Node, dialog: Dialog, hearer: RtpPeer, thief: RtpPeer) -> None:
        self._node = node
        self.dialog = dialog
        self._hearer = hearer
        self.thief = thief

    async def only(self, hz: int) -> None:
        """The third hears this, and nothing of the thief, who hears nothing himself."""
        await until(lambda: tones.share_of(hz, self._hearer.audio(25)) > 0.9)
        self.nothing_is_stolen()

    async def silence(self) -> None:
        """Long enough for what the thief sends to be taken for the caller's, if anything were."""
        before = self.thief.sent
        await until(lambda: self.thief.sent > before + 60)
        self.nothing_is_stolen()

    def nothing_is_stolen(self) -> None:
        assert tones.share_of(THIEF_HZ, self._hearer.audio(50)) < 0.05
        assert self.thief.packets == []


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
@pytest.mark.parametrize("host", ["127.0.0.66", "127.0.0.1"], ids=["a stranger", "at the caller's host"])
async def test_a_thief_who_never_stops_is_never_heard_and_hears_nothing(node: Node, host: str, codec: str) -> None:
    payload_type = {"PCMU": 0, "G722": 9}[codec]
    async with (
        RtpPeer(CALLER_HZ) as caller,
        RtpPeer(CALLER_HZ, ssrc=0x5151) as elsewhere,
        RtpPeer(0) as hearer,
        Dialog.called(node, sdp(caller.address, payload_type)) as dialog,
    ):
        await node.engine.open_rtp_port("third", codec=Codec.PCMU, remote=hearer.address)
        await node.engine.listen(dialog.leg_id, "third")
        ours = dialog.media
        caller.speaks_g722 = elsewhere.speaks_g722 = codec == "G722"
        caller.send_to(ours)
        await caller.received(5)
        async with thief_at(host, ours) as thief:
            scene = Scene(node, dialog, hearer, thief)
            await scene.silence()
            caller.stop()
            await scene.silence()
            for direction in ("sendonly", "inactive"):
                await dialog.offers(sdp(caller.address, payload_type, direction))
                await scene.silence()
            await dialog.offers(sdp(RtpAddress("0.0.0.0", caller.address.port), payload_type))
            await scene.silence()
            await dialog.offers(sdp(caller.address, payload_type))
            await scene.silence()
            caller.send_to(ours)
            if codec == "PCMU":
                await scene.only(CALLER_HZ)
            caller.stop()
            await dialog.offers(sdp(elsewhere.address, payload_type))
            elsewhere.send_to(ours)
            await elsewhere.received(50)
            await scene.silence()
            heard_by_caller = len(caller.packets)
            await elsewhere.received(100)
            assert len(caller.packets) == heard_by_caller, "the dialog has moved the sound away from there"
