"""Requests that cannot be parsed are answered where what is left of them says whose they are, and counted."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
from patchbay_media import answer_to_unreadable_request

from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import PATIENCE_S, until
from tests.telephony.sip.conftest import Node

HEAD = (
    "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
    "Call-ID: q\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)
BROKEN: dict[str, tuple[Callable[[str], str], int]] = {
    "scheme": (lambda text: text.replace("INVITE sip:", "INVITE http://"), 416),
    "version": (lambda text: text.replace(" SIP/2.0\r\n", " SIP/3.0\r\n", 1), 505),
    "from": (lambda text: text.replace("From: <sip:", "From: <<<sip:"), 400),
    "via": (lambda text: text.replace("Via: SIP/2.0/UDP 127", "Via: SIP/2.0/UDP ;;127"), 400),
    "cseq": (lambda text: text.replace("CSeq: 1 ", "CSeq: one "), 400),
    "no call id": (lambda text: text.replace("Call-ID: ", "Call-IDs: "), 400),
    "no from": (lambda text: text.replace("From: ", "Form: "), 400),
    "contact": (lambda text: text.replace("Contact: <", "Contact: <<"), 400),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_request_that_cannot_be_parsed_is_answered_and_counted(node: Node, what: str) -> None:
    """They were dropped: the sender repeated itself for 32 seconds and never learned why."""
    spoil, status = BROKEN[what]
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(spoil(peer.request("INVITE", body=GOOD_SDP)))
        answer = await peer.received(f"SIP/2.0 {status}")
        assert f"branch=z9hG4bK-{peer.port}" in answer
        assert ";tag=" in answer.partition("\r\nTo:")[2].partition("\r\n")[0]
        await until(lambda: node.engine.health().refused.get(status) == 1)
        assert (await peer.final(peer.request("OPTIONS"))).status == 200


async def test_an_answer_goes_back_on_the_connection_that_the_request_came_on(node: Node) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.engine.sip_port)
    async with RawSip.to(node.engine.sip_port) as peer, asyncio.timeout(PATIENCE_S):
        broken = BROKEN["from"][0](peer.request("INVITE", body=GOOD_SDP)).replace("SIP/2.0/UDP", "SIP/2.0/TCP")
        writer.write(broken.encode() + peer.request("OPTIONS").replace("SIP/2.0/UDP", "SIP/2.0/TCP").encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 400")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200")
    writer.close()
    await writer.wait_closed()


async def test_what_cannot_even_be_answered_is_counted(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(b"\x16\x03\x01" + b"hello" * 20)
        peer.send(b"\r\n\r\n")  # a keep-alive of the network's (RFC 5626 §3.5.1) is no fault
        assert (await peer.final(peer.request("OPTIONS"))).status == 200
        assert node.engine.health().refused == {0: 1}


@pytest.mark.parametrize(
    "nothing",
    [
        b"",
        b"SIP/2.0 200 OK\r\n" + HEAD.encode(),
        b"ACK sip:x SIP/2.0\r\n" + HEAD.encode(),
        b"INVITE sip:x SIP/2.0\r\nFrom: x\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\nVia: \x00\r\n\r\n",
        b"IN VITE\r\n" + HEAD.encode(),
        b"I(N)VITE sip:x SIP/2.0\r\n" + HEAD.encode(),
    ],
)
def test_nobody_is_answered_who_asked_nothing(nothing: bytes) -> None:
    assert answer_to_unreadable_request(nothing) == ""


def test_the_answer_copies_what_must_be_copied() -> None:
    """RFC 3261 §8.2.6.2; folded and compact header fields too (§7.3.1, §7.3.3)."""
    copied = "v: SIP/2.0/UDP h\r\n ;branch=1\r\nVIA : SIP/2.0/UDP g\r\nf: <<a\r\nt: <b>;tag=9\r\ni: 7\r\n"
    answer = answer_to_unreadable_request(f"INVITE sip:x SIP/2.0\r\n{copied}\r\nv: body".encode())
    assert answer == f"SIP/2.0 400 Bad Request\r\n{copied}Content-Length: 0\r\n\r\n"


@pytest.mark.parametrize("seed", range(5))
def test_no_answer_is_much_longer_than_what_it_answers(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        data = bytearray(b"INVITE sip:x SIP/2.0\r\n" + HEAD.encode())
        for _ in range(chance.randint(1, 30)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 9)] = chance.randbytes(chance.randint(0, 3))
        answer = answer_to_unreadable_request(bytes(data))
        assert answer == "" or answer.startswith(("SIP/2.0 400", "SIP/2.0 416", "SIP/2.0 505"))
        assert len(answer.encode()) <= 2 * len(data) + 128
