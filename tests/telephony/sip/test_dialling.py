"""Calling out with the real engine: phones that answer, are busy or do not, and a trunk that asks who we are."""

from __future__ import annotations

import hashlib
import re

from telephony.engine_settings import Trunk
from telephony.media_engine import SipLegAnswered, SipLegEnded, SipLegRinging
from tests.peers.phone import Phone
from tests.peers.raw_sip import RawSip
from tests.telephony.sip.conftest import Node, running_node

CHALLENGE = 'Digest realm="carrier", nonce="abc123", algorithm=MD5'


async def test_a_dialled_phone_rings_answers_and_hangs_up(node: Node) -> None:
    async with Phone.start() as phone:
        await node.engine.dial("leg_out", phone.uri, caller_uri="sip:+442079460000@127.0.0.1")
        incoming = await phone.news("incoming")
        assert "+442079460000" in incoming["from"]
        await phone.answer(str(incoming["call"]))
        answered = await node.event(SipLegAnswered)
        assert (answered.leg_id, answered.codec) == ("leg_out", "PCMU")
        await phone.hang_up(call=str(incoming["call"]))
        ended = await node.event(SipLegEnded)
        assert (ended.leg_id, ended.by_remote) == ("leg_out", True)


async def test_a_busy_phone_ends_the_leg_with_its_status(node: Node) -> None:
    async with Phone.start() as phone:
        await node.engine.dial("leg_out", phone.uri)
        call = await phone.ringing()
        await phone.send("reject", call=call, status=486)
        ended = await node.event(SipLegEnded)
        assert (ended.sip_status, ended.by_remote) == (486, True)


async def test_hanging_up_while_it_rings_stops_the_ringing(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as phone:
        await node.engine.dial("leg_out", f"sip:100@127.0.0.1:{phone.port}")
        invite = await phone.received("INVITE")
        phone.send(answer_to(invite, "180 Ringing"))
        await node.event(SipLegRinging)
        await node.engine.hang_up("leg_out")
        cancel = await phone.received("CANCEL")
        phone.send(answer_to(cancel, "200 OK"))
        phone.send(answer_to(invite, "487 Request Terminated"))
        ended = await node.event(SipLegEnded)
        assert not ended.by_remote


async def test_a_trunk_that_asks_who_we_are_is_told() -> None:
    """Digest access authentication of RFC 2617 §3.2.2, which SIP uses (RFC 3261 §22)."""
    carrier = Trunk(name="carrier", networks=("127.0.0.0/8",), username="patchbay", password="hush")
    async with running_node(trunks=(carrier,)) as node, RawSip.to(node.engine.sip_port) as peer:
        await node.engine.dial("leg_out", f"sip:100@127.0.0.1:{peer.port}", trunk="carrier")
        first = await peer.received("INVITE")
        assert "Authorization" not in first
        peer.send(answer_to(first, "407 Proxy Authentication Required", f"Proxy-Authenticate: {CHALLENGE}\r\n"))
        second = await peer.received("INVITE")
        answer = dict(re.findall(r'(\w+)="([^"]*)"', header(second, "Proxy-Authorization")))
        assert answer["username"] == "patchbay"
        assert answer["response"] == digest("patchbay", "hush", answer["uri"])
        peer.send(answer_to(second, "486 Busy Here"))
        assert (await node.event(SipLegEnded)).sip_status == 486


def digest(user: str, password: str, uri: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    return md5(f"{md5(f'{user}:carrier:{password}')}:abc123:{md5(f'INVITE:{uri}')}")


def header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    assert found is not None, f"no {name} in the message"
    return found[1]


def answer_to(request: str, status: str, extra: str = "") -> str:
    """A response with what must be copied from its request (RFC 3261 §8.2.6.2)."""
    copied = "".join(f"{name}: {header(request, name)}\r\n" for name in ("Via", "From", "Call-ID", "CSeq"))
    return f"SIP/2.0 {status}\r\n{copied}To: {header(request, 'To')};tag=peer\r\n{extra}Content-Length: 0\r\n\r\n"
