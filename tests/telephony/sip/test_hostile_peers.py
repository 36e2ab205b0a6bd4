"""Nothing that a peer sends crashes or wedges the engine; each refusal has the right status and is counted."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from pathlib import Path

import pytest

from telephony.engine_settings import Codec, Trunk
from telephony.media_engine import EngineError, IncomingRefused, SipLegEnded, SipLegOffered
from tests.peers.bridging import join
from tests.peers.phone import Phone
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node, running_node

BROKEN_SDP = [
    "this is no session description",
    "v=0\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio notaport RTP/AVP 0\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 99999999 RTP/AVP 0\r\n",
]
NO_COMMON_CODEC = GOOD_SDP.replace("RTP/AVP 0 101", "RTP/AVP 18 101").replace("a=rtpmap", "a=rtpmap:18 G729/8000\r\na=rtpmap")


async def still_works(node: Node, prompt: Path) -> None:
    async with Phone.start() as phone:
        leg = await node.call_from(phone)
        await node.engine.play(leg, "play_after", [prompt], loop=True)
        assert await phone.hears_tone(440)


async def test_a_stranger_gets_403_and_no_leg(prompt: Path) -> None:
    async with running_node(trunks=(Trunk(name="far", networks=("192.0.2.0/24", "2001:db8::/32")),)) as node:
        async with RawSip.to(node.engine.sip_port) as stranger:
            answer = await stranger.final(stranger.request("INVITE", body=GOOD_SDP))
            assert answer.status == 403
            assert (await stranger.final(stranger.request("REGISTER"))).status == 403
            assert (await stranger.final(stranger.request("OPTIONS"))).status == 200
        refused = await node.event(IncomingRefused)
        assert (refused.sip_status, refused.remote_host) == (403, "127.0.0.1")
        assert node.engine.health().refused[403] == 2
        assert not node.seen(SipLegOffered)


async def test_one_leg_more_than_the_limit_gets_503_with_retry_after(prompt: Path) -> None:
    async with running_node(max_legs=1, retry_after_s=7) as node, Phone.start() as phone:
        leg = await node.call_from(phone)
        async with RawSip.to(node.engine.sip_port) as late:
            answer = await late.final(late.request("INVITE", body=GOOD_SDP))
            assert (answer.status, answer.header("Retry-After")) == (503, "7")
            await node.engine.hang_up(leg)
            await phone.disconnected()
            await node.event(SipLegEnded)
            late.send(late.request("INVITE", body=GOOD_SDP))
            await late.received("SIP/2.0 100")


async def test_a_draining_node_refuses_new_legs_and_keeps_old_ones(node: Node, prompt: Path) -> None:
    async with Phone.start() as phone, RawSip.to(node.engine.sip_port) as late:
        leg = await node.call_from(phone)
        await node.engine.refuse_new_legs("Under maintenance")
        answer = await late.final(late.request("INVITE", body=GOOD_SDP))
        assert answer.text.startswith("SIP/2.0 503 Under maintenance")
        assert (await late.final(late.request("OPTIONS"))).status == 200, "a moment's rush is no reason to turn away"
        await node.engine.refuse_new_legs("Under maintenance", questions=True)
        answer = await late.final(late.request("OPTIONS"))
        assert answer.text.startswith("SIP/2.0 503 Under maintenance")
        assert answer.header("Retry-After")
        await node.engine.play(leg, "play_1", [prompt], loop=True)
        assert await phone.hears_tone(440)
        await node.engine.refuse_new_legs(None)
        assert (await late.final(late.request("OPTIONS"))).status == 200
        late.send(late.request("INVITE", body=GOOD_SDP))
        await late.received("SIP/2.0 100")


@pytest.mark.parametrize("sdp", BROKEN_SDP)
async def test_a_broken_session_description_gets_a_clear_refusal(node: Node, sdp: str) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        answer = await peer.final(peer.request("INVITE", body=sdp))
        assert answer.status in {400, 415, 488}
        await until(lambda: node.engine.health().refused.get(answer.status) == 1)
        assert node.engine.health().legs == 0


async def test_no_common_codec_gets_488(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        assert (await peer.final(peer.request("INVITE", body=NO_COMMON_CODEC))).status == 488
        assert (await peer.final(peer.request("INVITE", body="hello", content_type="text/plain"))).status in {415, 488}


async def test_an_offer_may_come_late(node: Node) -> None:
    """RFC 3261 §13.2.1: an INVITE without a body is answered with our offer."""
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(peer.request("INVITE"))
        offer = await node.event(SipLegOffered)
        await node.engine.answer(offer.leg_id)
        assert "m=audio" in await peer.received("SIP/2.0 200")


async def test_a_rejected_caller_hears_why(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(peer.request("INVITE", body=GOOD_SDP))
        offer = await node.event(SipLegOffered)
        await node.engine.reject(offer.leg_id, 486, "Nobody home", {"Retry-After": "30"})
        refusal = await peer.received("SIP/2.0 486")
        assert refusal.startswith("SIP/2.0 486 Nobody home")
        assert "Retry-After: 30" in refusal
        ended = await node.event(SipLegEnded)
        assert (ended.sip_status, ended.by_remote) == (486, False)
        with pytest.raises(EngineError):
            await node.engine.answer(offer.leg_id)


async def test_a_caller_may_give_up_before_the_answer(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        invite = peer.request("INVITE", body=GOOD_SDP)
        peer.send(invite)
        await node.event(SipLegOffered)
        head = invite.split("\r\nContact:")[0].replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL")
        peer.send(head + "\r\nContent-Length: 0\r\n\r\n")
        await peer.received("SIP/2.0 487")
        ended = await node.event(SipLegEnded)
        assert ended.by_remote


async def test_a_peer_cannot_make_us_dial(node: Node, prompt: Path) -> None:
    """REFER and INVITE with Replaces would spend our trunk's money or take over a dialog."""
    async with Phone.start() as phone, RawSip.to(node.engine.sip_port) as peer:
        await node.call_from(phone)
        refer = peer.request("REFER", extra="Refer-To: <sip:expensive@127.0.0.1:9>\r\n")
        refusal = await peer.final(refer)
        assert refusal.status == 405
        assert "INVITE" in refusal.header("Allow")
        assert node.engine.health().legs == 1


GARBAGE = [
    b"\x00" * 10,
    b"\r\n\r\n",
    b"INVITE",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\n\r\n",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=\r\nFrom:\r\nTo:\r\nCall-ID:\r\nCSeq: INVITE\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: nonsense\r\n\r\n",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nContent-Length: 4294967296\r\nContent-Length: -1\r\n\r\nx",
    b"BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
    b"Call-ID: q\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
    b"INVITE sip:" + b"9" * 60000 + b" SIP/2.0\r\n\r\n",
]


def mutations(message: bytes, count: int, seed: int) -> list[bytes]:
    """Copies with bytes changed, dropped or doubled; the same ones for the same seed."""
    chance = random.Random(seed)
    out = []
    for _ in range(count):
        data = bytearray(message)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data))
            kind = chance.randrange(3)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at : at + chance.randint(1, 20)]
            else:
                data[at:at] = data[at : at + chance.randint(1, 200)]
        out.append(bytes(data))
    return out


async def test_sip_garbage_over_udp(node: Node, prompt: Path) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        for message in GARBAGE:
            peer.send(message)
        for message in mutations(peer.request("INVITE", body=GOOD_SDP).encode(), 300, seed=7):
            peer.send(message)
            await asyncio.sleep(0)
    async with RawSip.to(node.engine.sip_port) as peer:
        assert (await peer.final(peer.request("OPTIONS"))).status == 200
    for offer in node.seen(SipLegOffered):
        await node.engine.hang_up(offer.leg_id)
    await still_works(node, prompt)


async def test_sip_garbage_over_tcp(node: Node, prompt: Path) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        request = peer.request("INVITE", body=GOOD_SDP).replace("SIP/2.0/UDP", "SIP/2.0/TCP").encode()
    for message in [*GARBAGE, *mutations(request, 40, seed=11), request[:-30]]:
        _, writer = await asyncio.open_connection("127.0.0.1", node.engine.sip_port)
        writer.write(message)
        writer.close()
    for offer in node.seen(SipLegOffered):
        await node.engine.hang_up(offer.leg_id)
    await still_works(node, prompt)


async def test_rtp_and_rtcp_garbage_does_not_disturb_the_call(node: Node, prompt: Path) -> None:
    async with Phone.start() as phone:
        leg = await node.call_from(phone)
        ours = await node.engine.open_rtp_port("browser", codec=Codec.PCMU, event_payload_type=101)
        chance = random.Random(3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
            for port in (20000, 20001, ours.port, ours.port + 1):
                for _ in range(200):
                    attacker.sendto(chance.randbytes(chance.randint(0, 300)), ("127.0.0.1", port))
                    rtp = bytes([0x80, 101]) + chance.randbytes(10) + chance.randbytes(chance.randint(0, 8))
                    attacker.sendto(rtp, ("127.0.0.1", port))
                    rtcp = bytes([0x80 | chance.randrange(32), chance.randint(192, 207)]) + chance.randbytes(30)
                    attacker.sendto(rtcp, ("127.0.0.1", port))
        await node.engine.play(leg, "play_1", [prompt], loop=True)
        assert await phone.hears_tone(440)
        await node.engine.statistics("browser")


async def test_calls_come_in_over_tcp_too(node: Node, prompt: Path) -> None:
    async with Phone.start("--transport", "tcp") as phone:
        leg = await node.call_from(phone)
        assert node.seen(SipLegOffered)[0].transport == "tcp"
        await node.engine.play(leg, "play_1", [prompt], loop=True)
        assert await phone.hears_tone(440)
        await node.engine.hang_up(leg)
        await phone.disconnected()


async def test_a_taken_sip_port_is_said_plainly(node: Node) -> None:
    """In a process of its own: one engine runs in a process."""
    code = (
        "import asyncio\n"
        "from telephony.engine_settings import SipEngineConfig\n"
        "from telephony.media_engine import EngineError\n"
        "from telephony.sip.engine import SipMediaEngine\n"
        "async def main():\n"
        f"    engine = SipMediaEngine(SipEngineConfig(bind_host='127.0.0.1', sip_port={node.engine.sip_port}), print)\n"
        "    try:\n"
        "        await engine.start()\n"
        "    except EngineError as refusal:\n"
        "        print(refusal.code)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert out.decode().splitlines()[-1] == "port_taken"
    assert process.returncode == 0


@pytest.mark.parametrize("wrong", [{"first_rtp_port": 30000}, {"clock_rate_hz": 44100}, {"udp": False, "tcp": False}])
async def test_a_wrong_configuration_is_refused_and_a_right_one_starts_after_it(wrong: dict[str, object]) -> None:
    with pytest.raises(EngineError) as refused:
        async with running_node(**wrong):
            pass
    assert refused.value.code == "bad_argument"
    async with running_node() as node:
        assert node.engine.health().running


async def test_a_trunk_that_is_no_address_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match="trunk carrier: 300"):
        async with running_node(trunks=(Trunk(name="carrier", networks=("300.1.2.3",)),)):
            pass


async def test_a_node_bound_to_every_address_is_heard_on_loopback(prompt: Path) -> None:
    async with running_node(bind_host="0.0.0.0") as node, Phone.start() as phone:
        leg = await node.call_from(phone)
        await node.engine.play(leg, "play_1", [prompt], loop=True)
        assert await phone.hears_tone(440)
        await phone.says_tone(700)
        await join(node.engine, leg, leg)
        assert await phone.hears_tone(700)


async def test_a_call_that_ends_before_it_was_answered_may_try_another_way() -> None:
    """603 says that nobody anywhere will take it (RFC 3261 §21.6), and a carrier's second route is never tried."""
    async with running_node() as node, RawSip.to(node.engine.sip_port) as peer:
        peer.send(peer.request("INVITE", body=GOOD_SDP))
        await node.engine.hang_up((await node.event(SipLegOffered)).leg_id)
        assert (await peer.received("SIP/2.0 480")).startswith("SIP/2.0 480")
