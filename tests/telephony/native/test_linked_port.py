"""A browser's leg at the engine itself: SRTP in and out through relay, link and bridge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from patchbay_media import LinkSocket, MediaLink

from core.agreeing import SrtpKeys
from telephony.engine_settings import Codec
from telephony.media_engine import DigitPressed, EngineError
from telephony.webrtc.relay import MediaPath, MediaRelay
from tests.peers import tones
from tests.peers.bridging import join
from tests.peers.rtp_peer import RtpPeer
from tests.peers.srtp import Keys, packet, udp_socket
from tests.peers.waiting import until
from tests.telephony.native.test_rtp_media import event_packets
from tests.telephony.sip.conftest import Node

HZ = 700.0


class Browser:
    """Speaks and hears SRTP; `link` is the way to its leg's port."""

    def __init__(self) -> None:
        self.link = MediaLink()
        self.heard: list[bytes] = []
        self._keys = Keys()
        self._socket, self._ours = udp_socket(), udp_socket()
        self._sound = [tones.ulaw_encode(tones.tone(HZ, 1.0))[i * 160 : (i + 1) * 160] for i in range(50)]
        self._speaking: asyncio.Task[None] | None = None
        self.relay = MediaRelay(
            SrtpKeys(profile=self._keys.profile, rx=self._keys.browsers, tx=self._keys.ours),
            MediaPath(link=self.link, payload_type=0, clock_hz=8000),
            [self._ours.fileno()],
            on_aside=lambda *_: None,
            on_first_sound=lambda: None,
        )
        self.relay.send_to(0, self._socket.getsockname())
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._hear)

    def speaks(self) -> None:
        self._speaking = asyncio.create_task(self._speak(), name="browser speaks")

    def send(self, data: bytes) -> None:
        self._socket.sendto(self._keys.protect(data), self._ours.getsockname())

    def hears(self, hz: float) -> bool:
        return tones.hears(tones.ulaw_decode(b"".join(data[12:] for data in self.heard[-50:])), hz) if self.heard else False

    async def close(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.wait([self._speaking])
        self.relay.close()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._ours.close()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for sequence in range(1 << 15):
            self.send(packet(sequence, payload=self._sound[sequence % len(self._sound)]))
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _hear(self) -> None:
        self.heard.append(self._keys.unprotect(self._socket.recv(2048)))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    made = Browser()
    yield made
    await made.close()


async def test_both_sides_hear_each_other(node: Node, browser: Browser) -> None:
    async with RtpPeer(1200) as phone:
        phone.send_to(await node.engine.open_rtp_port("phone", codec=Codec.PCMU, remote=phone.address))
        await node.engine.open_linked_port("leg", link=browser.link, codec=Codec.PCMU, payload_type=0)
        await join(node.engine, "leg", "phone")
        browser.speaks()
        await until(lambda: tones.hears(phone.audio(), HZ))
        await until(lambda: browser.hears(1200))

        statistics = await node.engine.statistics("leg")
        assert statistics.packets_received > 0
        assert statistics.packets_lost == 0
        traffic = browser.relay.traffic()
        assert (traffic.rejected_srtp, traffic.heard.lost) == (0, 0)


async def test_telephone_events_are_digits_once_each(node: Node, browser: Browser) -> None:
    await node.engine.open_linked_port("leg", link=browser.link, codec=Codec.PCMU, payload_type=0, event_payload_type=101)
    for data in event_packets(5, 1, 8000) + event_packets(11, 20, 24000):
        browser.send(data)
    await node.event(DigitPressed, where=lambda event: event.digit == "#")
    assert [(event.port_id, event.digit) for event in node.seen(DigitPressed)] == [("leg", "5"), ("leg", "#")]


async def test_ports_come_and_go_while_both_sides_speak(node: Node, browser: Browser) -> None:
    """Neither the relay's thread nor the bridge's meets a port, or a relay, that has gone."""
    browser.speaks()
    others = [Browser() for _ in range(3)]
    try:
        for other in others:
            other.speaks()
        for turn in range(60):
            name = f"leg{turn % 4}"
            await node.engine.close_rtp_port(name)
            if turn % 4 and turn % 5 == 0:
                await others[turn % 4 - 1].close()
                others[turn % 4 - 1] = Browser()
                others[turn % 4 - 1].speaks()
            link = browser.link if turn % 4 == 0 else others[turn % 4 - 1].link
            await node.engine.open_linked_port(name, link=link, codec=Codec.PCMU, payload_type=0)
            await join(node.engine, name, name)
        assert node.engine.health().rtp_ports == 4
        browser.heard.clear()
        await until(lambda: browser.hears(HZ))  # its own voice, through the bridge
    finally:
        for other in others:
            await other.close()


async def test_a_link_has_one_port(node: Node, browser: Browser) -> None:
    await node.engine.open_linked_port("leg", link=browser.link, codec=Codec.PCMU, payload_type=0)
    with pytest.raises(EngineError):
        await node.engine.open_linked_port("another", link=browser.link, codec=Codec.PCMU, payload_type=0)
    await node.engine.close_rtp_port("leg")
    await node.engine.open_linked_port("another", link=browser.link, codec=Codec.PCMU, payload_type=0)


def test_a_link_has_one_engine_and_an_engine_that_left_makes_room() -> None:
    link = MediaLink()
    with udp_socket() as one:
        first = LinkSocket(link, one.fileno())
        with pytest.raises(RuntimeError, match="taken"):
            LinkSocket(link, one.fileno())
        del first
        LinkSocket(link, one.fileno())


async def test_sound_for_a_leg_that_only_listens_still_leaves(node: Node, browser: Browser) -> None:
    """A browser that never speaks hears all the same: the port learns nothing from its packets."""
    async with RtpPeer(900) as phone:
        phone.send_to(await node.engine.open_rtp_port("phone", codec=Codec.PCMU, remote=phone.address))
        await node.engine.open_linked_port("leg", link=browser.link, codec=Codec.PCMU, payload_type=0)
        await join(node.engine, "leg", "phone")
        await until(lambda: browser.hears(900))
