"""RTP ports: digits, loss, late peers, port numbers, each codec."""

from __future__ import annotations

import asyncio
import struct

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import DigitMethod, DigitPressed, EngineError, RtpAddress, RtpDirection
from tests.peers import tones
from tests.peers.bridging import join
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until, until_told
from tests.telephony.sip.conftest import Node


def event_packets(digit: int, sequence: int, timestamp: int, payload_type: int = 101) -> list[bytes]:
    """One digit as RFC 4733 §2.5 sends it: updates, then its end three times."""
    packets = []
    for step in range(6):
        end = 0x80 if step >= 3 else 0
        duration = 160 * min(step + 1, 4)
        marker = 0x80 if step == 0 else 0
        header = struct.pack("!BBHII", 0x80, marker | payload_type, sequence + step, timestamp, 7)
        packets.append(header + struct.pack("!BBH", digit, end | 10, duration))
    return packets


async def send(packets: list[bytes], to: RtpAddress) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(to.host, to.port))
    for packet in packets:
        transport.sendto(packet)
        await asyncio.sleep(0)
    transport.close()


async def test_telephone_events_are_digits_once_each(node: Node) -> None:
    ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, event_payload_type=101)
    await send(event_packets(5, 1, 8000) + event_packets(5, 20, 16000) + event_packets(11, 40, 24000), ours)
    await node.event(DigitPressed, where=lambda event: event.digit == "#")
    seen = [(event.port_id, event.digit, event.method) for event in node.seen(DigitPressed)]
    assert seen == [("leg", digit, DigitMethod.RFC4733) for digit in "55#"]


async def test_lost_packets_are_counted(node: Node) -> None:
    async with RtpPeer(500) as peer:
        ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=peer.address)
        frame = tones.ulaw_encode(tones.tone(500, 0.02))
        packets = [struct.pack("!BBHII", 0x80, 0, n, n * 160, 7) + frame for n in range(100) if n % 10 != 5]
        await send(packets, ours)

        async def counted() -> bool:
            statistics = await node.engine.statistics("leg")
            return statistics.packets_received == 90 and statistics.packets_lost == 10

        await until_told(counted)


@pytest.mark.parametrize("codec", [Codec.PCMU, Codec.PCMA, Codec.G722])
async def test_each_codec_carries_a_tone_between_two_ports(node: Node, codec: Codec) -> None:
    """Two ports of the engine talk to each other over the wire; a third, PCMU, hears the result."""
    async with RtpPeer(600) as speaker, RtpPeer(0) as hearer:
        here = await node.engine.open_rtp_port("here", codec=codec)
        there = await node.engine.open_rtp_port("there", codec=codec, remote=here)
        await node.engine.close_rtp_port("here")
        await node.engine.open_rtp_port("here", codec=codec, local_port=here.port, remote=there)
        speaker.send_to(await node.engine.open_rtp_port("in", codec=Codec.PCMU, remote=speaker.address))
        await node.engine.open_rtp_port("out", codec=Codec.PCMU, remote=hearer.address, direction=RtpDirection.SEND_ONLY)
        await node.engine.listen("in", "here")
        await node.engine.listen("there", "out")
        await until(lambda: tones.hears(hearer.audio(), 600))


async def test_a_port_number_may_be_chosen_once(node: Node) -> None:
    first = await node.engine.open_rtp_port("a", codec=Codec.PCMU)
    assert first.port % 2 == 0
    with pytest.raises(EngineError, match="no free pair"):
        await node.engine.open_rtp_port("b", codec=Codec.PCMU, local_port=first.port)
    await node.engine.close_rtp_port("a")
    again = await node.engine.open_rtp_port("b", codec=Codec.PCMU, local_port=first.port)
    assert again == first


async def test_ports_open_and_close_a_hundred_times(node: Node) -> None:
    """Late destruction by the bridge never meets a port that is used again."""
    async with RtpPeer(500) as peer:
        for turn in range(100):
            name = f"leg{turn % 3}"
            await node.engine.close_rtp_port(name)
            ours = await node.engine.open_rtp_port(name, codec=Codec.G722 if turn % 2 else Codec.PCMU, remote=peer.address)
            if turn == 0:
                peer.send_to(ours)
            await join(node.engine, name, name)
        assert node.engine.health().rtp_ports == 3
