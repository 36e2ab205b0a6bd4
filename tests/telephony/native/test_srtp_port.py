"""An RTP port with keys: SRTP and SRTCP with another implementation, and nothing in the clear, either way."""

from __future__ import annotations

import asyncio
import struct

import pytest

from core.agreeing import OwnKey, SrtpKeys
from core.ids import LegId
from telephony.engine_settings import Codec
from telephony.media_engine import EngineError, RtpAddress, RtpDirection
from tests.peers import tones
from tests.peers.bridging import join
from tests.peers.rtp_peer import RtpPeer
from tests.peers.srtp import PROFILES, Keys, packet, udp_socket
from tests.peers.waiting import until, until_told
from tests.telephony.sip.conftest import Node

LINK = LegId("link_1")


def ours(keys: Keys) -> SrtpKeys:
    return SrtpKeys(profile=keys.profile, rx=keys.browsers, tx=keys.ours)


async def heard(node: Node, count: int, strangers: int = 0) -> None:
    async def all_have_come() -> bool:
        found = await node.engine.statistics("leg")
        return found.packets_received == count

    await until_told(all_have_come)


@pytest.mark.parametrize("profile", PROFILES)
async def test_another_implementation_is_heard_and_hears(node: Node, profile: str) -> None:
    keys = Keys(profile)
    with udp_socket() as peer:
        here = RtpAddress(*peer.getsockname())
        port = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=here, keys=ours(keys))
        for sequence in range(50):
            peer.sendto(keys.protect(packet(sequence)), (port.host, port.port))
        await heard(node, 50)
        sent = await asyncio.get_running_loop().sock_recv(peer, 2048)
        plain = keys.unprotect(sent)
        assert len(sent) > len(plain) == 12 + 160
        assert sent[12 : 12 + 160] != plain[12:]


async def test_what_is_not_from_the_other_end_is_not_taken(node: Node) -> None:
    """In the clear, with other keys, changed on the way, or heard before and said again."""
    keys, others = Keys("AES-128-GCM"), Keys("AES-CM")
    with udp_socket() as peer:
        here = RtpAddress(*peer.getsockname())
        port = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=here, keys=ours(keys))
        good = keys.protect(packet(1))
        changed = keys.protect(packet(2))
        rubbish = [packet(3), others.protect(packet(4)), changed[:-1] + bytes([changed[-1] ^ 1]), b"", good[:11], good[:12]]
        for datagram in (*rubbish, good, good, *rubbish, keys.protect(packet(5))):
            peer.sendto(datagram, (port.host, port.port))
        await heard(node, 2)


async def test_reports_are_encrypted_too(node: Node) -> None:
    keys = Keys("AES-128-GCM")
    with udp_socket() as peer, udp_socket() as reports:
        here = RtpAddress(*peer.getsockname())
        port = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=here, keys=ours(keys))
        peer.sendto(keys.protect(packet(0)), (port.host, port.port))
        await heard(node, 1)
        sent = keys.unprotect(await asyncio.get_running_loop().sock_recv(peer, 2048))
        (ssrc,) = struct.unpack("!I", sent[8:12])

        def report(lost: int) -> bytes:
            return struct.pack("!BBHIIIIIII", 0x81, 201, 7, 0x1234, ssrc, lost, 1000, 0, 0, 0)

        reports.sendto(report(99), (port.host, port.port + 1))
        reports.sendto(keys.protect_report(report(13)), (port.host, port.port + 1))

        async def told() -> bool:
            return (await node.engine.statistics("leg")).packets_lost_remote == 13

        await until_told(told)


@pytest.mark.parametrize("codec", [Codec.PCMU, Codec.G722])
async def test_two_ends_that_agreed_carry_a_tone_and_nobody_on_the_way_hears_it(node: Node, codec: Codec) -> None:
    """The codecs of links."""
    one, other = OwnKey(), OwnKey()
    async with RtpPeer(600) as speaker, RtpPeer(0) as hearer, RtpPeer(0) as wiretap:
        here = await node.engine.open_rtp_port("here", codec=codec)
        keys = other.agreed(LINK, one.public)
        there = await node.engine.open_rtp_port("there", codec=codec, remote=here, keys=keys)
        await node.engine.close_rtp_port("here")
        keys = one.agreed(LINK, other.public)
        await node.engine.open_rtp_port("here", codec=codec, local_port=here.port, remote=there, keys=keys)
        speaker.send_to(await node.engine.open_rtp_port("in", codec=Codec.PCMU, remote=speaker.address))
        await node.engine.open_rtp_port("out", codec=Codec.PCMU, remote=hearer.address, direction=RtpDirection.SEND_ONLY)
        await node.engine.listen("in", "here")
        await node.engine.listen("there", "out")
        await until(lambda: tones.hears(hearer.audio(), 600))
        keys = OwnKey().agreed(LINK, other.public)
        await node.engine.open_rtp_port("tapped", codec=Codec.PCMU, remote=wiretap.address, keys=keys)
        await node.engine.listen("in", "tapped")
        await wiretap.received(100)
        said = [packet[12:] for packet in wiretap.packets[-50:]]
        assert len(set(said)) == len(said), "in the clear 20 ms of this tone are always the same"


async def test_keys_that_are_none_open_nothing(node: Node) -> None:
    for keys in (SrtpKeys(profile=7, rx=b"short", tx=b"short"), SrtpKeys(profile=99, rx=bytes(28), tx=bytes(28))):
        with pytest.raises(EngineError, match="no SRTP keys"):
            await node.engine.open_rtp_port("leg", codec=Codec.PCMU, keys=keys)
    assert node.engine.health().rtp_ports == 0


async def test_ports_with_keys_open_and_close_a_hundred_times_while_sound_comes(node: Node) -> None:
    keys = Keys("AES-128-GCM")
    with udp_socket() as peer:
        here = RtpAddress(*peer.getsockname())
        local_port = 0
        for turn in range(100):
            await node.engine.close_rtp_port("leg")
            port = await node.engine.open_rtp_port(
                "leg", codec=Codec.G722 if turn % 2 else Codec.PCMU, remote=here, keys=ours(keys), local_port=local_port
            )
            local_port = port.port
            await join(node.engine, "leg", "leg")
            for sequence in range(5):
                peer.sendto(keys.protect(packet(5 * turn + sequence)), (port.host, port.port))
