"""Asking a peer outside of any call: exactly one answer comes of it, the peer's own or what stood in its way."""

from __future__ import annotations

import pytest

from telephony.media_engine import EngineError, PeerAnswered
from tests.peers.phone import Phone
from tests.peers.ports import free_port
from tests.peers.raw_sip import RawSip, header_of
from tests.telephony.sip.conftest import Node
from tests.telephony.sip.test_dialling import answer_to


async def test_a_phone_that_is_there_says_so(node: Node) -> None:
    async with Phone.start() as phone:
        await node.engine.ask_peer("phone", phone.uri)
        answer = await node.event(PeerAnswered)
        assert (answer.peer, answer.sip_status, answer.reason, answer.by_peer) == ("phone", 200, "OK", True)
        assert 0 < answer.round_trip_ms < 5000


async def test_the_question_says_who_asks_and_the_answer_is_in_the_peers_own_words(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        await node.engine.ask_peer("carrier", f"sip:127.0.0.1:{peer.port}", from_uri="sip:+442079460000@127.0.0.1")
        question = await peer.received("OPTIONS")
        assert "+442079460000" in header_of(question, "From")
        assert header_of(question, "Accept") == "application/sdp"
        peer.send(answer_to(question, "503 Wartung bis fünf Uhr, danach gern wieder, in aller Ruhe"))
        answer = await node.event(PeerAnswered)
        assert (answer.sip_status, answer.by_peer) == (503, True)
        assert answer.reason.startswith("Wartung bis fünf Uhr, danach gern wieder")
        assert len(answer.reason.encode()) <= 47


async def test_line_ends_and_controls_in_those_words_do_no_harm(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        await node.engine.ask_peer("carrier", f"sip:127.0.0.1:{peer.port}")
        question = await peer.received("OPTIONS")
        peer.send(answer_to(question, "200 O\x07K\x1b[31m\u202e").encode())
        answer = await node.event(PeerAnswered)
        assert answer.reason.isprintable()


async def test_where_nobody_listens_the_answer_is_ours(node: Node) -> None:
    await node.engine.ask_peer("nobody", f"sip:127.0.0.1:{free_port()};transport=tcp")
    answer = await node.event(PeerAnswered)
    assert (answer.sip_status, answer.reason, answer.by_peer) == (503, "", False)


@pytest.mark.parametrize("uri", ["", "no address", "sip:a@b\r\nX-Header: 1"])
async def test_what_is_no_address_cannot_be_asked(node: Node, uri: str) -> None:
    with pytest.raises(EngineError):
        await node.engine.ask_peer("carrier", uri)
    assert not node.seen(PeerAnswered)
