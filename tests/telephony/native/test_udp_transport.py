"""The sockets of SIP legs and RTP ports: whom they send to, what they take, and that nothing that has come is left lying."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import RtpAddress
from tests.peers import tones
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until_told
from tests.telephony.sip.conftest import Node

SSRC = 7
SRTP_OFFER = GOOD_SDP.replace("RTP/AVP", "RTP/SAVP") + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + "\r\n"


def speech(count: int, first: int = 0, ssrc: int = SSRC) -> list[bytes]:
    frame = tones.ulaw_encode(tones.tone(500, 0.02))
    return [struct.pack("!BBHII", 0x80, 0, n, n * 160, ssrc) + frame for n in range(first, first + count)]


@contextlib.asynccontextmanager
async def rtcp_socket_beside(rtp: RtpAddress) -> AsyncIterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind((rtp.host, rtp.port + 1))
        yield sock


async def received(node: Node, port_id: str, count: int) -> None:
    async def all_have_come() -> bool:
        return (await node.engine.statistics(port_id)).packets_received == count

    await until_told(all_have_come)


async def test_a_peer_behind_an_address_translator_is_answered_where_it_sends_from(node: Node) -> None:
    """RFC 4961: what it announced is an address of its own network, from which nothing ever comes."""
    async with RtpPeer(500) as announced, RtpPeer(500) as translated:
        ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=announced.address)
        translated.send_to(ours)
        await translated.received(25)


async def test_packets_of_a_stranger_do_not_divert_the_sound(node: Node) -> None:
    async with RtpPeer(500) as peer:
        ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=peer.address)
        peer.send_to(ours)
        await peer.received(25)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            for packet in speech(100, ssrc=99):
                stranger.sendto(packet, (ours.host, ours.port))
            await peer.received(len(peer.packets) + 25)
            with pytest.raises(BlockingIOError):
                stranger.recv(2048)


async def test_a_burst_that_has_waited_is_taken_whole(node: Node) -> None:
    async with RtpPeer(500) as peer:
        ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=peer.address)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for packet in speech(150):
                sock.sendto(packet, (ours.host, ours.port))
        await received(node, "leg", 150)
        assert (await node.engine.statistics("leg")).packets_lost == 0


async def test_reports_go_and_come_beside_the_sound(node: Node) -> None:
    """RTCP has the port after RTP's (RFC 3550 §11); what a receiver report says is in the leg's statistics (§6.4.2)."""
    async with RtpPeer(500) as peer, rtcp_socket_beside(peer.address) as reports:
        ours = await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=peer.address)
        peer.send_to(ours)
        report = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(reports, 2048), 15)
        kind, ssrc = struct.unpack("!xBxxI", report[:8])
        assert kind in {200, 201}
        assert ssrc == struct.unpack("!I", peer.packets[0][8:12])[0]
        block = struct.pack("!IIIIII", ssrc, 13, len(peer.packets), 0, 0, 0)
        reports.sendto(struct.pack("!BBHI", 0x81, 201, 7, SSRC) + block, (ours.host, ours.port + 1))

        async def told() -> bool:
            return (await node.engine.statistics("leg")).packets_lost_remote == 13

        await until_told(told)


async def test_encrypted_media_is_refused_where_it_is_not_configured(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        assert (await peer.final(peer.request("INVITE", body=SRTP_OFFER))).status == 488
        assert node.engine.health().legs == 0
