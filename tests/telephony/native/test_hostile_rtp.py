"""No RTP or RTCP that a peer can send, and no flood of it, ends the engine or disturbs other legs.

Every packet here is short, long or dishonest about what is in it. What they prove depends on who watches: run plainly, that
the sound goes on; run by `make test-sanitized`, that nothing is read or written outside a packet either.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
from collections.abc import Iterable, Iterator

import pytest
from structlog.testing import capture_logs

from telephony.engine_settings import Codec
from telephony.media_engine import RtpAddress
from tests.peers import tones
from tests.peers.bridging import join
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until, until_told
from tests.telephony.sip.conftest import Node

HZ = 500.0
EVENTS = 101
PAYLOAD_TYPE = {Codec.PCMU: 0, Codec.PCMA: 8, Codec.G722: 9, Codec.OPUS: 96}
LONGEST_UDP = 65507
WORDS = 0xFFFF
"""The longest length that RTP and RTCP can announce, in words of 32 bits."""


def rtp(body: bytes, *, first: int = 0x80, payload_type: int = 0, sequence: int = 1, ssrc: int = 7) -> bytes:
    """RFC 3550 §5.1; `first` has the version, padding, extension and the number of CSRCs."""
    return struct.pack("!BBHII", first, payload_type, sequence & WORDS, sequence * 160 & 0xFFFFFFFF, ssrc) + body


def rtcp(kind: int, count: int, words: int, body: bytes = b"", first: int = 0x80) -> bytes:
    """RFC 3550 §6.4; `words` is the length that the packet says it has."""
    return struct.pack("!BBH", first | count, kind, words) + body


def broken_headers(payload_type: int) -> Iterator[bytes]:
    """Versions, sources (CSRC), extensions and padding for which there is no room."""
    sound = bytes(160)
    yield from (rtp(sound, payload_type=payload_type)[:length] for length in range(13))
    for version in (0x00, 0x40, 0xC0):
        yield rtp(sound, first=version, payload_type=payload_type)
    for sources in range(1, 16):
        for room in (0, 4 * sources - 1, 4 * sources):
            yield rtp(bytes(room), first=0x80 | sources, payload_type=payload_type)
    for room, words in ((0, 0), (3, 0), (4, 0), (4, 1), (160, 39), (160, 40), (160, WORDS)):
        extension = struct.pack("!HH", 0xBEDE, words)[:room]
        yield rtp(extension + bytes(max(0, room - 4)), first=0x90, payload_type=payload_type)
        yield rtp(bytes(60) + extension, first=0x9F, payload_type=payload_type)
    for padded in (b"", b"\x00", b"\x01", b"\xff", bytes(159) + b"\xff", bytes(159) + b"\xa0", bytes(159) + b"\xa1", sound):
        yield rtp(padded, first=0xA0, payload_type=payload_type)


def broken_sound(payload_type: int) -> Iterator[bytes]:
    """Lengths, types and numbers that no codec sends; whole packets of Opus that are dishonest about their frames."""
    for length in (1, 79, 80, 81, 1500, 2035, 2036, 2037, 9000, LONGEST_UDP - 12):
        yield rtp(random.Random(length).randbytes(length), payload_type=payload_type, sequence=length)
    for head in range(256):  # RFC 6716 §3
        for length in (2, 81, 82):
            yield rtp(struct.pack("!BB", head, 0x80 | head) + bytes(length - 2), payload_type=payload_type, sequence=head)
    for unknown in (13, 20, 72, 95, 97, 127):
        yield rtp(bytes(160), payload_type=unknown)
    for sequence in (0, 1, 0x8000, 0xFFFF, 3, 0x7FFF, 4, 2, 2, 1):
        yield rtp(bytes(160), payload_type=payload_type, sequence=sequence, ssrc=sequence)


def broken_events() -> Iterator[bytes]:
    for length in range(5):  # RFC 4733 §2.3: an event has four bytes
        yield rtp(b"\x05\x8a\x03\x20"[:length], payload_type=EVENTS, sequence=length)
    for event in (16, 17, 255):
        yield rtp(bytes([event, 0xFF, 0xFF, 0xFF]), payload_type=EVENTS, sequence=event)


def broken_rtp(payload_type: int) -> Iterator[bytes]:
    yield from broken_headers(payload_type)
    yield from broken_sound(payload_type)
    yield from broken_events()


def broken_rtcp() -> Iterator[bytes]:
    report = rtcp(200, 1, 12, bytes(range(48)))
    yield from (report[:length] for length in range(len(report)))
    for kind in range(192, 214):
        for count in (0, 1, 31):
            for words, room in ((0, 0), (1, 4), (2, 8), (6, 24), (WORDS, 28), (8, 28), (7, 28)):
                yield rtcp(kind, count, words, bytes([0xFF]) * room)
                yield rtcp(kind, count, words, bytes(room))
    yield rtcp(202, 0, 0)  # no description at all
    yield rtcp(202, 1, 3, b"\0\0\0\7" + b"\1\xffabcdef")  # a name of 255 bytes in six
    yield rtcp(202, 1, 2, b"\0\0\0\7" + b"\1\2ab")  # without an end
    yield rtcp(202, 31, 250, b"\0\0\0\7" + b"\1\x20" * 498)
    yield rtcp(203, 1, 2, b"\0\0\0\7" + b"\xffbye")  # a reason of 255 bytes in three
    yield rtcp(203, 1, 65, b"\0\0\0\7" + b"\xff" + b"b" * 255)
    yield rtcp(207, 0, 6, b"\0\0\0\7" + b"\4\0\xff\xff" * 5)  # RFC 3611: a block that is longer than its packet
    yield rtcp(201, 0, 0) * 500
    yield rtcp(201, 1, 7, bytes(28)) * 60
    yield rtcp(201, 1, 7, b"\xff" * 28) + rtcp(202, 1, WORDS, bytes(8))
    yield rtcp(200, 31, WORDS, bytes(LONGEST_UDP - 4))


def changed(packets: Iterable[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Copies with some bytes changed, cut anywhere; the same ones for the same seed."""
    chance = random.Random(seed)
    originals = [packet for packet in packets if 0 < len(packet) < 2048]
    for _ in range(count):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(min(len(data), 24))] = chance.randrange(256)
        yield bytes(data[: chance.randint(0, len(data))] if chance.random() < 0.3 else data)


def send(packets: Iterable[bytes], to: RtpAddress, source: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        attacker.bind((source, 0))
        for packet in packets:
            attacker.sendto(packet, (to.host, to.port))


def beside(rtp_address: RtpAddress) -> RtpAddress:
    return RtpAddress(rtp_address.host, rtp_address.port + 1)


async def hears_itself(node: Node, port_id: str, peer: RtpPeer) -> None:
    """Whoever speaks into this port hears it, so what it received was decoded and encoded."""
    await join(node.engine, port_id, port_id)
    await until(lambda: tones.hears(peer.audio(), HZ))


@pytest.mark.parametrize("codec", list(PAYLOAD_TYPE))
async def test_no_packet_ends_a_leg(node: Node, codec: Codec) -> None:
    payload_type = PAYLOAD_TYPE[codec]
    async with RtpPeer(HZ) as peer:
        ours = await node.engine.open_rtp_port("leg", codec=codec, payload_type=payload_type, event_payload_type=EVENTS)
        await join(node.engine, "leg", "leg")  # what is decoded of them is listened to
        for _ in range(2):
            send(broken_rtp(payload_type), ours)
            send(changed(broken_rtp(payload_type), 500, seed=payload_type), ours)
            send(broken_rtcp(), beside(ours))
            send(changed(broken_rtcp(), 500, seed=payload_type), beside(ours))
            send(broken_rtcp(), ours)
        await node.engine.statistics("leg")
        other = await node.engine.open_rtp_port("other", codec=Codec.PCMU, remote=peer.address)
        peer.send_to(other)
        await hears_itself(node, "other", peer)


async def test_the_attacked_leg_itself_is_heard_again(node: Node) -> None:
    async with RtpPeer(HZ) as peer:
        ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=peer.address, event_payload_type=EVENTS)
        peer.send_to(ours)
        await hears_itself(node, "leg", peer)
        send(broken_rtp(0), ours)
        send(broken_rtcp(), beside(ours))
        heard = len(peer.packets)
        await until(lambda: len(peer.packets) > heard + 50 and tones.hears(peer.audio(), HZ))


async def test_a_flood_from_hundreds_of_addresses_leaves_other_legs_their_sound(node: Node) -> None:
    async with RtpPeer(HZ) as peer:
        quiet = await node.engine.open_rtp_port("quiet", codec=Codec.PCMU, remote=peer.address)
        flooded = await node.engine.open_rtp_port("flooded", codec=Codec.PCMU)
        await join(node.engine, "flooded", "flooded")
        peer.send_to(quiet)
        await hears_itself(node, "quiet", peer)
        with contextlib.ExitStack() as sockets:
            attackers = [sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(250)]
            for number, attacker in enumerate(attackers):
                attacker.bind((f"127.0.1.{number + 1}", 0))
            for sequence in range(40):
                for number, attacker in enumerate(attackers):
                    attacker.sendto(rtp(bytes(160), sequence=sequence, ssrc=number), (flooded.host, flooded.port))
                    attacker.sendto(rtcp(201, 1, 7, bytes(28)), (flooded.host, flooded.port + 1))
        heard = len(peer.packets)
        await until(lambda: len(peer.packets) > heard + 50 and tones.hears(peer.audio(), HZ))
        assert (await node.engine.statistics("flooded")).packets_received > 0


async def test_packets_too_short_for_their_codec_write_no_log(node: Node) -> None:
    """pjmedia has a line for each; a flood of them would reach Python on the thread of all SIP."""
    ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU)

    async def all_have_come() -> bool:
        return (await node.engine.statistics("leg")).packets_received == 100

    with capture_logs() as lines:
        send((rtp(bytes(79), sequence=sequence) for sequence in range(100)), ours)
        await until_told(all_have_come)
        await node.engine.statistics("leg")
    assert not [line for line in lines if line["event"].startswith("pjproject")]
