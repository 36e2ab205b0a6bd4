"""Calls over IPv6: SIP and sound, in and out, beside IPv4 on the same port."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest

from telephony.engine_settings import Codec, Trunk
from telephony.media_engine import EngineError, SipLegAnswered, SipLegOffered
from telephony.sip.addresses import leads_to_ipv6
from tests.peers.phone import Phone
from tests.peers.raw_call import RawCall
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import until_told
from tests.telephony.sip.conftest import Node, running_node
from tests.telephony.sip.test_dialling import answer_to
from tests.telephony.sip.test_hostile_sdp import with_body

TRUNKS = (Trunk(name="lab", networks=("127.0.0.0/8", "::1/128")),)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


class Ear:
    """A socket that hears RTP and talks back."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.sock.bind(("::1", 0))
        self.sock.setblocking(False)

    @property
    def sdp(self) -> str:
        port = self.sock.getsockname()[1]
        return GOOD_SDP.replace("IN IP4 127.0.0.1", "IN IP6 ::1").replace("m=audio 40000", f"m=audio {port}")

    async def hears_sound(self) -> bool:
        async with asyncio.timeout(10):
            return len(await asyncio.get_running_loop().sock_recv(self.sock, 2000)) > 100


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    one = Ear()
    yield one
    one.sock.close()


async def a_call_comes_in_over_ipv6(node: Node, ear: Ear) -> None:
    async with RawSip.to(node.engine.sip_port, "::1") as peer:
        invite = peer.request("INVITE", body=ear.sdp)
        peer.send(invite)
        offer = await node.event(SipLegOffered, where=lambda offer: offer.remote_host == "::1")
        assert (offer.trunk, offer.remote_port) == ("lab", peer.port)
        await node.engine.answer(offer.leg_id)
        call = await RawCall.answered(peer, invite)
        assert "c=IN IP6 " in call.sdp
        answered = await node.event(SipLegAnswered, where=lambda answered: answered.leg_id == offer.leg_id)
        assert answered.codec == Codec.PCMU
        assert await ear.hears_sound()
        port = re.search(r"m=audio (\d+)", call.sdp)
        assert port is not None
        ear.sock.sendto(bytes([0x80, 0]) + bytes(10) + b"\xff" * 160, ("::1", int(port[1])))

        async def heard() -> bool:
            return (await node.engine.statistics(offer.leg_id)).packets_received > 0

        await until_told(heard)
        assert (await call.asks("BYE")).status == 200


@pytest.mark.parametrize("bind_host", ["::", "::1"])
async def test_a_call_comes_in_over_ipv6(ear: Ear, bind_host: str) -> None:
    async with running_node(bind_host=bind_host, trunks=TRUNKS) as node:
        await a_call_comes_in_over_ipv6(node, ear)


@pytest.mark.parametrize("bind_host", ["::", "::1"])
async def test_a_call_goes_out_over_ipv6(ear: Ear, bind_host: str) -> None:
    async with running_node(bind_host=bind_host, trunks=TRUNKS) as node, RawSip.to(node.engine.sip_port, "::1") as peer:
        await node.engine.dial("leg_out", f"sip:100@[::1]:{peer.port}")
        described = f"Contact: <sip:far@[::1]:{peer.port}>\r\nContent-Type: application/sdp\r\n"
        invite = await peer.received("INVITE")
        assert re.search(r"Contact: <sip:patchbay@\[[0-9a-f:]+\]:", invite)
        peer.send(with_body(answer_to(invite, "200 OK", described), ear.sdp.encode()))
        assert await peer.received("ACK")
        await node.event(SipLegAnswered)
        assert await ear.hears_sound()


async def test_both_kinds_of_addresses_are_served_at_once(ear: Ear) -> None:
    async with running_node(bind_host="::", trunks=TRUNKS) as node, Phone.start() as phone:
        leg = await node.call_from(phone)
        await a_call_comes_in_over_ipv6(node, ear)
        await node.engine.hang_up(leg)
        await phone.disconnected()


async def test_a_public_address_is_of_the_kind_that_is_bound() -> None:
    for bind_host, public_host in (("::", "203.0.113.5"), ("::1", "203.0.113.5"), ("0.0.0.0", "2001:db8::5")):
        with pytest.raises(EngineError, match="public_address"):
            async with running_node(bind_host=bind_host, public_host=public_host):
                pass


@pytest.mark.parametrize(
    ("uri", "ipv6"),
    [
        ("sip:1@[::1]:5060", True),
        ("sips:[::1]", True),
        ("sip:1@127.0.0.1", False),
        ("sip:[x]@127.0.0.1", False),
        ("sip:1@pbx", False),
    ],
)
def test_a_uri_says_of_which_kind_its_host_is(uri: str, ipv6: bool) -> None:
    assert leads_to_ipv6(uri) is ipv6
