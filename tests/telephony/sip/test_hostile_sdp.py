"""No session description, offered or answered, ends the engine, however it is damaged.

Like `tests/telephony/native/test_hostile_rtp.py` these prove more under `make test-sanitized`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest

from telephony.media_engine import EngineError, SipLegOffered
from tests.peers.raw_sip import RawSip
from tests.telephony.sip.conftest import Node
from tests.telephony.sip.test_dialling import answer_to
from tests.telephony.sip.test_hostile_peers import mutations

RICH_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nb=AS:80\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 40000 RTP/AVP 0 8 9 96 101\r\nc=IN IP4 127.0.0.1\r\nb=TIAS:64000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:9 G722/8000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;maxplaybackrate=16000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=maxptime:60\r\na=rtcp:40001 IN IP4 127.0.0.1\r\n"
    "a=rtcp-mux\r\na=rtcp-fb:* nack\r\na=rtcp-xr:voip-metrics\r\na=ssrc:7 cname:x\r\na=mid:0\r\na=sendrecv\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=candidate:1 1 UDP 2130706431 127.0.0.1 40000 typ host\r\n"
    "m=video 40002 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n"
)
DESCRIBED = "Contact: <sip:far@127.0.0.1:9>\r\nContent-Type: application/sdp\r\n"
AT_ONCE = 20
"""Legs that are open before they are hung up."""


def with_body(message: str, body: bytes) -> bytes:
    """The message with this body in place of its own, honest about the length."""
    head, _, _ = message.partition("\r\n\r\n")
    return re.sub(r"Content-Length: \d+", f"Content-Length: {len(body)}", head).encode() + b"\r\n\r\n" + body


async def hang_up_all(node: Node, legs: list[str]) -> None:
    for leg in legs:
        await node.engine.hang_up(leg)
    legs.clear()


async def answers_options(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        assert (await peer.final(peer.request("OPTIONS"))).status == 200


@pytest.mark.parametrize("seed", range(4))
async def test_no_damaged_offer_ends_the_engine(node: Node, seed: int) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        for number, body in enumerate(mutations(RICH_SDP.encode(), 100, seed)):
            peer.send(with_body(peer.request("INVITE", body="x"), body))
            await asyncio.sleep(0)
            if number % AT_ONCE == AT_ONCE - 1:
                await answers_options(node)
                legs = [offer.leg_id for offer in node.seen(SipLegOffered)]
                for leg in legs[::2]:
                    with contextlib.suppress(EngineError):  # ended already
                        await node.engine.answer(leg)
                await hang_up_all(node, legs)
                node.events.clear()
    await answers_options(node)


@pytest.mark.parametrize("seed", range(2))
async def test_no_damaged_answer_ends_the_engine(node: Node, seed: int) -> None:
    legs: list[str] = []
    async with RawSip.to(node.engine.sip_port) as peer:
        for number, body in enumerate(mutations(RICH_SDP.encode(), 100, 50 + seed)):
            legs.append(f"leg_{number}")
            await node.engine.dial(legs[-1], f"sip:100@127.0.0.1:{peer.port}")
            answer = answer_to(await peer.received("INVITE"), "200 OK", DESCRIBED)
            peer.send(with_body(answer, body))
            if len(legs) == AT_ONCE:
                await answers_options(node)
                await hang_up_all(node, legs)
    await answers_options(node)
