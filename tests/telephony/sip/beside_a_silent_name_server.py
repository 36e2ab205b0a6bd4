"""A node whose name server never answers, in namespaces of its own; run by `test_names.py`, prints what was seen as JSON.

A call with sound goes on while peers name hosts wherever SIP lets them: in SDP, in Contact, in answers to our calls, and as the
address of a trunk of ours.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import tempfile
from pathlib import Path

from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.media_engine import SipLegEnded, SipLegOffered
from tests.peers import tones
from tests.peers.phone import Phone
from tests.peers.raw_call import RawCall
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node
from tests.telephony.sip.test_dialling import answer_to
from tests.telephony.sip.test_hostile_sdp import DESCRIBED, with_body

SLOW = "sbc{}.slow.example.com"
SDP = GOOD_SDP.replace("c=IN IP4 127.0.0.1", "c=IN IP4 {}")
ANSWER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {}\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


class SilentNameServer(asyncio.DatagramProtocol):
    """Port 53, and never a word."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        found = re.search(rb"sbc\d+", data)
        if found is not None:
            self.asked.add(found[0].decode())


class Lag:
    """The longest time for which the owner thread did not go round."""

    def __init__(self, node: Node) -> None:
        self.worst_s = 0.0
        self._node = node
        self._task = asyncio.create_task(self._watch(), name="lag")

    async def _watch(self) -> None:
        while True:
            self.worst_s = max(self.worst_s, self._node.engine.health().loop_age_s)
            await asyncio.sleep(0.05)

    def stop(self) -> None:
        self._task.cancel()


async def offer_with_a_name(node: Node, peer: RawSip, name: str) -> int:
    return (await peer.final(peer.request("INVITE", body=SDP.format(name)))).status


async def hang_up_on_a_contact_with_a_name(node: Node, peer: RawSip, name: str) -> str:
    """The leg ends although nobody can say where its BYE goes."""
    invite = re.sub(r"Contact: <[^>]*>", f"Contact: <sip:raw@{name}>", peer.request("INVITE", body=GOOD_SDP))
    known = len(node.seen(SipLegOffered))
    peer.send(invite)
    await until(lambda: len(node.seen(SipLegOffered)) > known)
    leg = node.seen(SipLegOffered)[known].leg_id
    await node.engine.answer(leg)
    await RawCall.answered(peer, invite)
    await node.engine.hang_up(leg)
    await node.event(SipLegEnded, where=lambda event: event.leg_id == leg)
    return "ended"


async def dial_a_name(node: Node, name: str) -> int:
    leg = f"leg_to_{name}"
    await node.engine.dial(leg, f"sip:100@{name};transport=tcp")
    return (await node.event(SipLegEnded, where=lambda event: event.leg_id == leg)).sip_status


async def answer_with_a_name(node: Node, peer: RawSip, name: str) -> str:
    leg = f"leg_answered_{name}"
    await node.engine.dial(leg, f"sip:100@127.0.0.1:{peer.port}")
    described = DESCRIBED.replace("127.0.0.1:9", f"127.0.0.1:{peer.port}")
    peer.send(with_body(answer_to(await peer.received("INVITE"), "200 OK", described), ANSWER.format(name).encode()))
    peer.send(answer_to(await peer.received("BYE"), "200 OK"))
    await node.event(SipLegEnded, where=lambda event: event.leg_id == leg)
    return "ended"


async def main() -> None:
    server = SilentNameServer()
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 53))
    config = SipEngineConfig(
        bind_host="127.0.0.1",
        sip_port=0,
        trunks=(Trunk(name="lab", networks=("127.0.0.0/8",)),),
        first_rtp_port=20000,
        last_rtp_port=21000,
        resolve_within_s=0.5,
    )
    node = Node(config)
    seen: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        prompt = tones.write_wav(Path(folder) / "prompt.wav", tones.tone(440, 1.0))
        await node.engine.start()
        async with Phone.start() as phone, RawSip.to(node.engine.sip_port) as peer:
            leg = await node.call_from(phone)
            await node.engine.play(leg, "play_1", [prompt], loop=True)
            assert await phone.hears_tone(440)
            lag = Lag(node)
            seen["offer"] = await offer_with_a_name(node, peer, SLOW.format(1))
            seen["contact"] = await hang_up_on_a_contact_with_a_name(node, peer, SLOW.format(2))
            seen["dialled"] = await dial_a_name(node, SLOW.format(3))
            seen["answer"] = await answer_with_a_name(node, peer, SLOW.format(4))
            seen["still heard"] = await phone.hears_tone(440)
            seen["worst lag"] = lag.worst_s
            lag.stop()
        await node.engine.stop()
    seen["asked"] = sorted(server.asked)
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    socket.setdefaulttimeout(5)
    asyncio.run(main())
