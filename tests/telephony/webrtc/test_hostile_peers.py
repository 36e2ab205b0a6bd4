"""Peers that lie, break off, flood or send rubbish: they hurt only themselves, and it is said what was wrong."""

from __future__ import annotations

import random
import re
import socket
import struct
from collections.abc import AsyncIterator

import pytest
from patchbay_media import MediaLink

from telephony.engine_settings import Codec
from telephony.webrtc.leg import BrowserLeg
from telephony.webrtc.liveness import LegNews, LegState, LivenessConfig
from telephony.webrtc.sdp import ChosenCodec, SdpError
from telephony.webrtc.transport import CloseReason, TransportConfig, TransportFailed, new_certificate
from tests.peers.engine_end import EngineEnd
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until
from tests.peers.webrtc_peer import WebRtcPeer

CERTIFICATE = new_certificate()
LOOPBACK = TransportConfig(addresses=("127.0.0.1",))


class Connection:
    """A leg, its engine and its peer."""

    def __init__(self, engine: RtpPeer, transport: TransportConfig = LOOPBACK, connect_within_s: float = 15.0) -> None:
        self.engine = engine
        self.news: list[LegNews | CloseReason] = []
        self.leg = BrowserLeg(
            "leg_test", CERTIFICATE, transport, LivenessConfig(connect_within_s=connect_within_s), self.news.append
        )
        self.peer = WebRtcPeer()
        self.answer = ""
        self._end: EngineEnd | None = None

    async def negotiate(self, fingerprint: str | None = None) -> None:
        async def open_port(chosen: ChosenCodec, link: MediaLink) -> None:
            self._end = EngineEnd(link, self.engine.address)
            self.engine.send_to(self._end.address)

        self.answer = await self.leg.open(await self.peer.offer(fingerprint), (Codec.PCMU,), open_port)

    async def connect(self) -> None:
        await self.negotiate()
        await self.peer.connect(self.answer)
        assert self.peer.state == "connected"
        await self.peer.send(self.peer.next_packet())
        await until(lambda: LegNews.CONNECTED in self.news)
        await self.engine.received(1)

    async def still_works(self) -> None:
        """A packet sent now arrives at the engine, and the engine's arrive at the peer."""
        before, heard = len(self.engine.packets), len(self.peer.dtls.rtp)
        await self.peer.send(self.peer.next_packet())
        await self.engine.received(before + 1)
        await until(lambda: len(self.peer.dtls.rtp) > heard)
        assert self.leg.state is LegState.LIVE

    async def close(self) -> None:
        await self.leg.close()
        await self.peer.close()
        if self._end is not None:
            self._end.close()

    @property
    def port(self) -> int:
        return int(re.findall(r"127\.0\.0\.1 (\d+) typ host", self.answer)[0])


@pytest.fixture
async def engine() -> AsyncIterator[RtpPeer]:
    async with RtpPeer(1000.0) as found:
        yield found


@pytest.fixture
async def connection(engine: RtpPeer) -> AsyncIterator[Connection]:
    found = Connection(engine)
    yield found
    await found.close()


async def test_packets_arrive_unchanged(connection: Connection) -> None:
    await connection.connect()
    packet = connection.peer.next_packet(payload=bytes(range(160)))
    before = len(connection.engine.packets)
    await connection.peer.send(packet)
    await connection.engine.received(before + 1)

    assert connection.engine.packets[-1] == packet
    await until(lambda: len(connection.peer.dtls.rtp) > 3)
    assert {heard[8:12] for heard in connection.peer.dtls.rtp} == {(0x5050).to_bytes(4, "big")}


async def test_a_certificate_that_was_not_announced_is_turned_away(connection: Connection) -> None:
    await connection.negotiate(fingerprint=":".join(["00"] * 32))
    await connection.peer.connect(connection.answer)

    await until(lambda: connection.news == [LegNews.NEVER_CONNECTED])
    assert connection.engine.packets == []


async def test_a_peer_that_never_comes_is_given_up(engine: RtpPeer) -> None:
    connection = Connection(engine, connect_within_s=0.1)
    await connection.negotiate()

    def told() -> bool:
        connection.leg.tick()
        return connection.news == [LegNews.NEVER_CONNECTED]

    await until(told)
    await connection.close()


async def test_rubbish_from_the_peer_itself(connection: Connection) -> None:
    await connection.connect()
    source = random.Random(7)
    for length in (0, 1, 2, 11, 12, 13, 20, 200, 1400):
        for first in (0, 1, 3, 5, 20, 22, 63, 64, 127, 128, 160, 191, 200, 255):
            datagram = bytes([first]) + source.randbytes(length) if length else b""
            await connection.peer.send_raw(datagram)

    await connection.still_works()


async def test_rubbish_from_strangers(connection: Connection) -> None:
    await connection.connect()
    source = random.Random(8)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(500):
            stranger.sendto(source.randbytes(source.randrange(0, 300)), ("127.0.0.1", connection.port))
        # An alert that would end a careless DTLS association: content type 21, epoch 0, fatal handshake_failure.
        alert = struct.pack("!BHHHIHBB", 21, 0xFEFD, 0, 0, 1, 2, 2, 40)
        stranger.sendto(alert, ("127.0.0.1", connection.port))

    await connection.still_works()


async def test_damaged_stun_is_dropped(connection: Connection) -> None:
    await connection.connect()
    source = random.Random(9)
    cookie = 0x2112A442
    for _ in range(300):
        body = source.randbytes(4 * source.randrange(0, 20))
        kind = source.choice([0x0001, 0x0101, 0x0111, 0x0003])
        await connection.peer.send_raw(struct.pack("!HHI", kind, len(body), cookie) + source.randbytes(12) + body)

    await connection.still_works()


async def test_damaged_srtp_and_replays_are_dropped(connection: Connection) -> None:
    await connection.connect()
    before = len(connection.engine.packets)
    protected = connection.peer.dtls._tx_srtp.protect(connection.peer.next_packet())
    for place in range(12, len(protected), 7):
        broken = bytearray(protected)
        broken[place] ^= 0x55
        await connection.peer.send_raw(bytes(broken))
    for _ in range(3):
        await connection.peer.send_raw(protected)
    await connection.peer.send(connection.peer.next_packet())
    await connection.engine.received(before + 2)

    assert len(connection.engine.packets) == before + 2, "one of the copies, and the packet sent after them"


async def test_damaged_rtcp_is_dropped(connection: Connection) -> None:
    await connection.connect()
    for data in (b"\x80\xc8\x00\x30" + bytes(8), b"\x81\xc9\xff\xff" + bytes(4), b"\x00\xc8\x00\x00" + bytes(4)):
        await connection.peer.send(data)

    await connection.still_works()
    assert connection.leg.quality().round_trip_ms is None


async def test_a_packet_as_long_as_udp_allows_is_dropped(connection: Connection) -> None:
    await connection.connect()
    await connection.peer.send_raw(b"\x80\x00" + bytes(9000))

    await connection.still_works()


async def test_a_goodbye_is_told_once(connection: Connection) -> None:
    await connection.connect()
    await connection.peer.close()

    await until(lambda: connection.news == [LegNews.CONNECTED, CloseReason.PEER_CLOSED])
    connection.leg.tick()
    assert connection.news == [LegNews.CONNECTED, CloseReason.PEER_CLOSED]


async def test_our_goodbye_is_heard(connection: Connection) -> None:
    await connection.connect()
    await connection.leg.close()

    await until(lambda: connection.peer.state == "closed")
    assert any(packet[1] == 203 for packet in _split(connection.peer.dtls.rtcp[-1])), "RTCP BYE"
    assert connection.news == [LegNews.CONNECTED]


def _split(compound: bytes) -> list[bytes]:
    packets = []
    while compound:
        length = 4 + 4 * int.from_bytes(compound[2:4], "big")
        packets.append(compound[:length])
        compound = compound[length:]
    return packets


async def test_closing_twice_and_closing_early_are_no_errors(engine: RtpPeer) -> None:
    connection = Connection(engine)
    await connection.leg.close()
    await connection.leg.close()
    again = Connection(engine)
    await again.negotiate()
    await again.close()
    await connection.peer.close()


async def test_a_broken_offer_opens_nothing(engine: RtpPeer) -> None:
    connection = Connection(engine)

    async def open_port(chosen: ChosenCodec, link: MediaLink) -> None:
        raise AssertionError("no port is opened for a broken offer")

    with pytest.raises(SdpError):
        await connection.leg.open("v=0\r\n", (Codec.PCMU,), open_port)
    await connection.close()


async def test_no_address_to_bind_is_said(engine: RtpPeer) -> None:
    connection = Connection(engine, TransportConfig(addresses=("203.0.113.7",)))
    with pytest.raises(TransportFailed, match="no address"):
        await connection.negotiate()
    await connection.close()


async def test_a_port_range_is_kept(engine: RtpPeer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        first = probe.getsockname()[1]
    connection = Connection(
        engine, TransportConfig(addresses=("127.0.0.1",), first_port=first, last_port=first + 3, public_address="198.51.100.9")
    )
    await connection.negotiate()

    hosts = re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", connection.answer)
    assert [host for host, _ in hosts] == ["198.51.100.9", "127.0.0.1"]
    assert {first <= int(port) <= first + 3 for _, port in hosts} == {True}
    await connection.close()


async def test_a_hundred_strangers_who_flood_the_handshake_are_forgotten(connection: Connection) -> None:
    """ClientHellos from addresses that ICE does not know never reach OpenSSL."""
    await connection.negotiate()
    hello = b"\x16\xfe\xff" + bytes(10) + b"\x01" + bytes(100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(100):
            stranger.sendto(hello, ("127.0.0.1", connection.port))
    await connection.peer.connect(connection.answer)
    await connection.peer.send(connection.peer.next_packet())

    await until(lambda: LegNews.CONNECTED in connection.news)
    await connection.still_works()
