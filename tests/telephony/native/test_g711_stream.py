"""G.711 legs on the wire: what they take, and what they send."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import DigitPressed, RtpAddress, SipLegAnswered, SipLegOffered
from tests.peers import tones
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.raw_sip import Answer, RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until, until_told
from tests.telephony.sip.conftest import Node

EVENTS = 101
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def rtp(sequence: int, timestamp: int, payload: bytes, *, payload_type: int = 0, ssrc: int = 7, first: int = 0x80) -> bytes:
    return struct.pack("!BBHII", first, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


@contextlib.asynccontextmanager
async def socket_to(remote: RtpAddress) -> AsyncIterator[asyncio.DatagramTransport]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(remote.host, remote.port))
    try:
        yield transport
    finally:
        transport.close()


async def send_at_its_pace(packets: list[bytes], through: asyncio.DatagramTransport, ptime_ms: int) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    for packet in packets:
        through.sendto(packet)
        due += ptime_ms / 1000
        await asyncio.sleep(max(0.0, due - loop.time()))


@contextlib.asynccontextmanager
async def called(node: Node, peer: RtpPeer) -> AsyncIterator[str]:
    """A SIP peer with this sound has called and is connected: the leg."""
    async with RawSip.to(node.engine.sip_port) as caller:
        invite = caller.request("INVITE", body=SDP.format(port=peer.address.port))
        caller.send(invite)
        await until(lambda: bool(node.seen(SipLegOffered)))
        leg = node.seen(SipLegOffered)[0].leg_id
        await node.engine.answer(leg)
        answer = Answer(await caller.received("SIP/2.0 200"))
        asked = invite.split("\r\n\r\n")[0].split("\r\n")
        lines = [line for line in asked if line.startswith(("From:", "Call-ID:", "Max-Forwards:"))]
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{caller.port};branch=z9hG4bK-ack"
        target = answer.header("Contact").strip("<>")
        head = [f"ACK {target} SIP/2.0", via, *lines, f"To: {answer.header('To')}", "CSeq: 1 ACK", "Content-Length: 0"]
        caller.send("\r\n".join(head) + "\r\n\r\n")
        await node.event(SipLegAnswered)
        yield leg


async def heard_by_a_third(node: Node, hearer: RtpPeer, **options: Any) -> RtpAddress:
    """Where to send what the third hears."""
    ours = await node.engine.open_rtp_port("in", codec=Codec.PCMU, **options)
    await node.engine.open_rtp_port("out", codec=Codec.PCMU, remote=hearer.address)
    await node.engine.listen("in", "out")
    return ours


@pytest.mark.parametrize("ptime_ms", [10, 30, 60])
async def test_packets_of_any_length_are_heard(node: Node, ptime_ms: int) -> None:
    step = ptime_ms * 8
    sound = tones.ulaw_encode(tones.tone(600, 3))
    packets = [rtp(n, n * step, sound[n * step : (n + 1) * step]) for n in range(len(sound) // step)]
    async with RtpPeer(0) as hearer, socket_to(await heard_by_a_third(node, hearer)) as sender:
        sending = asyncio.create_task(send_at_its_pace(packets, sender, ptime_ms))
        await until(lambda: tones.share_of(600, hearer.audio(40)) > 0.9)
        await sending


@pytest.mark.parametrize(
    ("first", "before", "after"),
    [
        pytest.param(0x82, struct.pack("!II", 1, 2), b"", id="two contributing sources"),
        pytest.param(0x90, struct.pack("!HHI", 0xBEDE, 1, 0), b"", id="a header extension"),
        pytest.param(0xA0, b"", b"\0\0\0\4", id="padding"),
    ],
)
async def test_sound_is_found_in_packets_with_more_than_sound(node: Node, first: int, before: bytes, after: bytes) -> None:
    sound = tones.ulaw_encode(tones.tone(600, 2))
    packets = [rtp(n, n * 160, before + sound[n * 160 : (n + 1) * 160] + after, first=first) for n in range(100)]
    async with RtpPeer(0) as hearer, socket_to(await heard_by_a_third(node, hearer)) as sender:
        sending = asyncio.create_task(send_at_its_pace(packets, sender, 20))
        await until(lambda: tones.share_of(600, hearer.audio(40)) > 0.9)
        await sending


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"\x80\x00", id="no whole header"),
        pytest.param(rtp(1, 1, b"", first=0x8F), id="sources that are not there"),
        pytest.param(rtp(1, 1, struct.pack("!HH", 1, 0xFFFF), first=0x90), id="an extension that ends elsewhere"),
        pytest.param(rtp(1, 1, b"\xff" * 8, first=0xA0), id="more padding than packet"),
        pytest.param(rtp(1, 1, b"\0" * 8, first=0xA0), id="padding of nothing"),
        pytest.param(rtp(1, 1, b"\xff" * 160, first=0x40), id="another version"),
        pytest.param(rtp(1, 1, b"\xff" * 160, payload_type=77), id="a payload nobody agreed on"),
        pytest.param(rtp(1, 1, b"", payload_type=0), id="nothing"),
        pytest.param(rtp(1, 1, b"\xff" * 1990), id="a quarter of a second"),
        pytest.param(rtp(1, 1, b"\x05", payload_type=EVENTS), id="half an event"),
        pytest.param(rtp(1, 1, b"\x5f\x0a\x00\xa0", payload_type=EVENTS), id="an event that is no digit"),
    ],
)
async def test_what_is_no_sound_disturbs_none(node: Node, packet: bytes) -> None:
    async with RtpPeer(600) as speaker, RtpPeer(0) as hearer:
        ours = await heard_by_a_third(node, hearer, event_payload_type=EVENTS, remote=speaker.address)
        async with socket_to(ours) as sender:
            await send_at_its_pace([packet] * 20, sender, 0)
        speaker.send_to(ours)
        await until(lambda: tones.share_of(600, hearer.audio(25)) > 0.9)
        assert node.seen(DigitPressed) == []


async def test_a_new_source_is_heard_at_once(node: Node) -> None:
    """A trunk's gateway changes: other SSRC, other time, other sequence (RFC 3550 §8)."""
    async with RtpPeer(0) as hearer, socket_to(await heard_by_a_third(node, hearer)) as sender:
        for ssrc, hz, base in ((7, 400, 0), (8, 700, 0x7FFF0000)):
            sound = tones.ulaw_encode(tones.tone(hz, 2))
            packets = [rtp(base + n, base + n * 160, sound[n * 160 : (n + 1) * 160], ssrc=ssrc) for n in range(100)]
            sending = asyncio.create_task(send_at_its_pace(packets, sender, 20))
            await until(lambda hz=hz: tones.share_of(hz, hearer.audio(25)) > 0.9)  # type: ignore[misc]
            await sending
        statistics = await node.engine.statistics("in")
        assert (statistics.packets_received, statistics.packets_lost) == (200, 0)


async def test_digits_go_out_as_events_in_the_midst_of_the_sound(node: Node) -> None:
    """RFC 4733 §2.5.1: one time stamp and one marker an event, growing durations, the end three times; sound goes on in time."""
    async with RtpPeer(0) as peer, called(node, peer) as leg:
        await peer.received(10)
        await node.engine.send_digits(leg, "5#")

        def events() -> list[bytes]:
            return [packet for packet in peer.packets if packet[1] & 0x7F == EVENTS]

        await until(lambda: len([packet for packet in events() if packet[12] == 11 and packet[13] & 0x80]) == 3)
        await peer.received(len(peer.packets) + 10)
        for event in (5, 11):
            packets = [packet for packet in events() if packet[12] == event]
            assert len({packet[4:8] for packet in packets}) == 1
            assert [bool(packet[1] & 0x80) for packet in packets] == [True] + [False] * (len(packets) - 1)
            durations = [struct.unpack("!H", packet[14:16])[0] for packet in packets]
            assert durations == [*range(160, 1600, 160), 1600, 1600, 1600]
            assert [bool(packet[13] & 0x80) for packet in packets] == [False] * 9 + [True] * 3
        sequences = [struct.unpack("!H", packet[2:4])[0] for packet in peer.packets]
        assert {(later - earlier) & 0xFFFF for earlier, later in pairwise(sequences)} == {1}
        sound = {struct.unpack("!H", p[2:4])[0]: struct.unpack("!I", p[4:8])[0] for p in peer.packets if p[1] & 0x7F == 0}
        first = min(sound, key=lambda sequence: (sequence - sequences[0]) & 0xFFFF)
        for sequence, timestamp in sound.items():  # a packet is 20 ms, whatever it carries
            assert (timestamp - sound[first]) & 0xFFFFFFFF == ((sequence - first) & 0xFFFF) * 160


@pytest.mark.parametrize(("ssrc", "timestamp"), [(8, 160), (7, 160), (7, 0x90000000)])
async def test_digits_of_a_new_source_count_whatever_its_time_is(node: Node, ssrc: int, timestamp: int) -> None:
    """A trunk's gateway changes in the midst of a menu: what it sends is not old because its clock is."""
    ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, event_payload_type=EVENTS)
    one = rtp(1, 0x60000000, struct.pack("!BBH", 1, 0x8A, 800), payload_type=EVENTS)
    two = rtp(2, timestamp, struct.pack("!BBH", 2, 0x8A, 800), payload_type=EVENTS, ssrc=ssrc)
    async with socket_to(ours) as sender:
        await send_at_its_pace([one, two, two], sender, 0)
    await node.event(DigitPressed, where=lambda event: event.digit == "2")
    assert [event.digit for event in node.seen(DigitPressed)] == ["1", "2"]


async def test_a_digit_is_told_once_however_its_time_is_stamped(node: Node) -> None:
    """Some gateways count the time stamp on within an event, against RFC 4733 §2.5.1.2."""
    ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, event_payload_type=EVENTS)
    packets = []
    for step in range(6):
        payload = struct.pack("!BBH", 7, 0x8A if step >= 3 else 0x0A, 160 * min(step + 1, 4))
        packets.append(rtp(step, 8000 + 160 * min(step, 3), payload, payload_type=EVENTS))
    late = rtp(2, 8000, struct.pack("!BBH", 7, 0x0A, 160), payload_type=EVENTS)
    nine = rtp(10, 16000, struct.pack("!BBH", 9, 0x0A, 160), payload_type=EVENTS)
    async with socket_to(ours) as sender:
        await send_at_its_pace([*packets, nine, late], sender, 0)

    async def counted() -> bool:
        return (await node.engine.statistics("leg")).packets_received == 8

    await until_told(counted)
    assert [event.digit for event in node.seen(DigitPressed)] == ["7", "9"]


@pytest.mark.parametrize(
    ("wish", "ptime_ms"),
    [
        ("a=ptime:10\r\n", 10),
        ("", 20),
        ("a=ptime:30\r\n", 30),
        ("a=ptime:40\r\n", 40),
        ("a=ptime:60\r\n", 60),
        ("a=ptime:60\r\na=maxptime:40\r\n", 40),
        ("a=maxptime:10\r\n", 10),
        ("a=ptime:5000\r\n", 100),
        ("a=ptime:0\r\na=maxptime:1\r\n", 10),
    ],
)
@pytest.mark.parametrize("codec", [0, 9], ids=["PCMU", "G722"])
async def test_packets_are_as_long_as_the_peer_wishes(node: Node, codec: int, wish: str, ptime_ms: int) -> None:
    """RFC 8866 §6.4: `ptime` is what it wishes, `maxptime` what it takes at most. Both codecs: 8,000 octets a second."""
    async with RtpPeer(0) as peer, Dialog.called(node, sdp(peer.address, codec, extra=wish)):
        await peer.received(12)
        sound = [packet for packet in peer.packets if packet[1] & 0x7F == codec][1:]
        assert {len(packet) - 12 for packet in sound} == {8 * ptime_ms}
        first, last = sound[0], sound[-1]
        sequences = struct.unpack("!H", last[2:4])[0] - struct.unpack("!H", first[2:4])[0]
        passed = (struct.unpack("!I", last[4:8])[0] - struct.unpack("!I", first[4:8])[0]) & 0xFFFFFFFF
        assert passed == (sequences & 0xFFFF) * 8 * ptime_ms


def held_key(event: int, samples: int, first_sequence: int, begin: int, *, lost: frozenset[int] = frozenset()) -> list[bytes]:
    """A key held down, as RFC 4733 §2.5.1.3 wants it: a segment is 0xFFFF samples, and only the last ends."""
    packets, sequence, timestamp, left, marker = [], first_sequence, begin, samples, 0x80
    while left > 0:
        segment = min(left, 0xFFFF)
        durations = [*range(160, segment, 160), segment]
        for duration in durations:
            end = 0x80 if duration == segment == left else 0
            for _ in range(3 if end else 1):
                if sequence - first_sequence not in lost:
                    payload = struct.pack("!BBH", event, end | 10, duration)
                    packets.append(rtp(sequence, timestamp, payload, payload_type=marker | EVENTS))
                sequence, marker = sequence + 1, 0
        timestamp, left = timestamp + segment, left - segment
    return packets


@pytest.mark.parametrize("codec", [Codec.PCMU, Codec.G722])
@pytest.mark.parametrize("held_s", [8, 9, 17, 30])
@pytest.mark.parametrize("lost", [frozenset(), frozenset(range(405, 412))], ids=["all heard", "the seam is lost"])
async def test_a_key_held_for_long_is_one_key(node: Node, codec: Codec, held_s: int, lost: frozenset[int]) -> None:
    """More than 8.19 s do not fit into a duration (RFC 4733 §2.5.1.3). The same key pressed again is another."""
    ours = await node.engine.open_rtp_port("leg", codec=codec, event_payload_type=EVENTS)
    once = held_key(5, 8000 * held_s, 1, 1000, lost=lost)
    again = held_key(5, 800, 10_000, 1000 + 8000 * held_s + 800)
    end = held_key(9, 800, 20_000, 1000 + 8000 * held_s + 8000)
    async with socket_to(ours) as sender:
        for packet in [*once, *again, *end]:
            sender.sendto(packet)
            if packet[3] % 64 == 0:
                await asyncio.sleep(0.03)  # the receiver comes by every 20 ms, and a socket holds a few hundred
    await node.event(DigitPressed, where=lambda event: event.digit == "9")
    assert [event.digit for event in node.seen(DigitPressed)] == ["5", "5", "9"]
