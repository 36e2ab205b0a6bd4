"""No text of a stranger, in whatever field, becomes text that the rest of Patchbay cannot take."""

from __future__ import annotations

import asyncio
import random

import msgspec
import pytest

from telephony.engine_settings import Trunk
from telephony.media_engine import EngineError, EngineEvent, SipLegEnded, SipLegOffered
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node, running_node
from tests.telephony.sip.test_dialling import answer_to

NASTY = (
    b"M\xfcller",
    b"\xff\xfe\x80\x81",
    b"\xed\xa0\x80",
    b"a%00b%ff%ed%a0%80",
    b"\x1b[2J",
    "客服".encode(),
    b"x" * 3000,
)
FIELDS = ("from-name", "from-user", "to-name", "request-user", "call-id", "user-agent", "subject", "contact", "identity", "sdp")


def publishable(event: EngineEvent) -> bool:
    """Goes over the bus, and holds nothing that a database or a screen refuses."""
    text = msgspec.json.encode(event).decode("utf-8")
    return "\\u0000" not in text and "\\u001b" not in text


def invite(peer: RawSip, field: str, nasty: bytes) -> bytes:
    message = peer.request("INVITE", body=GOOD_SDP).encode()
    if field == "from-name":
        return message.replace(b"From: <", b'From: "' + nasty + b'" <')
    if field == "from-user":
        return message.replace(b"From: <sip:raw@", b"From: <sip:" + nasty + b"@")
    if field == "to-name":
        return message.replace(b"To: <", b'To: "' + nasty + b'" <')
    if field == "request-user":
        return message.replace(b"INVITE sip:100@", b"INVITE sip:1" + nasty + b"@")
    if field == "call-id":
        return message.replace(b"Call-ID: raw", b"Call-ID: raw" + nasty)
    if field == "contact":
        return message.replace(b"Contact: <", b'Contact: "' + nasty + b'" <')
    if field == "sdp":
        return message.replace(b"s=-\r\n", b"s=" + nasty + b"\r\n").replace(
            b"Content-Length: %d" % len(GOOD_SDP), b"Content-Length: %d" % (len(GOOD_SDP) + len(nasty) - 1)
        )
    name = {"user-agent": b"User-Agent", "subject": b"Subject", "identity": b"P-Asserted-Identity"}[field]
    value = b'"' + nasty + b'" <sip:1@h>' if field == "identity" else nasty
    return message.replace(b"Max-Forwards", name + b": " + value + b"\r\nMax-Forwards")


async def answers_options(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        assert (await peer.final(peer.request("OPTIONS"))).status == 200


async def test_a_name_in_latin_1_is_read(node: Node) -> None:
    """Usual from older exchanges; it ended the node and all of its calls."""
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(invite(peer, "from-name", b"M\xfcller"))
        assert (await node.event(SipLegOffered)).caller_name == "Müller"


async def test_a_name_in_latin_1_is_read_where_a_trusted_trunk_asserts_it() -> None:
    trusted = Trunk(name="lab", networks=("127.0.0.0/8",), identity=("pai", "from"))
    async with running_node(trunks=(trusted,)) as node, RawSip.to(node.engine.sip_port) as peer:
        peer.send(invite(peer, "identity", b"M\xfcller").replace(b"sip:1@h", b"sip:+442079460180@h"))
        offer = await node.event(SipLegOffered)
        assert (offer.caller_number, offer.caller_name) == ("+442079460180", "Müller")


@pytest.mark.parametrize("field", FIELDS)
async def test_nasty_text_in_any_field_of_an_invite_is_set_right_at_the_border(node: Node, field: str) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        for nasty in NASTY:
            peer.send(invite(peer, field, nasty))
        await answers_options(node)
        for offer in node.seen(SipLegOffered):
            await node.engine.hang_up(offer.leg_id)
        await until(lambda: node.engine.health().legs == 0)
    assert node.events
    assert all(publishable(event) for event in node.events)


@pytest.mark.parametrize("seed", range(3))
async def test_bytes_changed_at_random_are_text_in_every_event(node: Node, seed: int) -> None:
    chance = random.Random(seed)
    async with RawSip.to(node.engine.sip_port) as peer:
        for _ in range(150):
            data = bytearray(invite(peer, chance.choice(FIELDS), chance.choice(NASTY[:6])))
            for _ in range(chance.randint(0, 5)):
                data[chance.randrange(len(data))] = chance.choice((0, 0x1B, 0x7F, 0x80, 0xFC, 0xFF, 0xED))
            peer.send(bytes(data))
            await asyncio.sleep(0)
        await answers_options(node)
    for offer in node.seen(SipLegOffered):
        await node.engine.hang_up(offer.leg_id)
    assert node.events
    assert all(publishable(event) for event in node.events)


async def test_the_reason_of_a_refusal_is_text(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        await node.engine.dial("leg_out", f"sip:100@127.0.0.1:{peer.port}")
        invited = await peer.received("INVITE")
        peer.send(answer_to(invited, "486 besch\xe4ftigt", 'Warning: 399 h "\x1b"\r\n').encode("latin-1"))
        ended = await node.event(SipLegEnded)
        assert ended.reason == "beschäftigt"
        assert publishable(ended)


@pytest.mark.parametrize("nasty", ["a\r\nVia: SIP/2.0/UDP evil", "a\x00b", "a\udcfcb"])
async def test_our_own_words_cannot_begin_a_header_of_their_own(node: Node, nasty: str) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(peer.request("INVITE", body=GOOD_SDP))
        offer = await node.event(SipLegOffered)
        for reason, headers in ((nasty, {}), ("no", {"Retry-After": nasty}), ("no", {nasty: "1"})):
            with pytest.raises(EngineError, match="no SIP message can carry"):
                await node.engine.reject(offer.leg_id, 486, reason, headers)
        with pytest.raises(EngineError, match="no SIP message can carry"):
            await node.engine.dial("leg_out", f"sip:{nasty}@127.0.0.1:{peer.port}")
        await node.engine.reject(offer.leg_id, 486, "Grüße", {"Retry-After": "5"})
        assert (await peer.received("SIP/2.0 486")).startswith("SIP/2.0 486 Grüße")
