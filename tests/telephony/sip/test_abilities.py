"""What we advertise is what we do: what Allow names is served, the rest is refused with it; keep-alives find us alive."""

from __future__ import annotations

import pytest

from telephony.media_engine import DigitMethod, DigitPressed, SipLegOffered
from tests.peers.raw_call import RawCall
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node

OURS = {"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK", "INFO", "OPTIONS"}
NOT_OURS = {"REFER": 405, "SUBSCRIBE": 405, "NOTIFY": 405, "MESSAGE": 405, "PUBLISH": 405, "DANCE": 501}


def words(value: str) -> set[str]:
    return {word.strip() for word in value.split(",") if word.strip()}


async def answered(node: Node, peer: RawSip) -> RawCall:
    invite = peer.request("INVITE", body=GOOD_SDP)
    known = len(node.seen(SipLegOffered))
    peer.send(invite)
    await until(lambda: len(node.seen(SipLegOffered)) > known)
    await node.engine.answer(node.seen(SipLegOffered)[known].leg_id)
    return await RawCall.answered(peer, invite)


async def test_options_names_what_we_do_and_nothing_else(node: Node) -> None:
    """Allow and Supported named REFER, SUBSCRIBE, MESSAGE and replaces, which got 603 or no answer."""
    async with RawSip.to(node.engine.sip_port) as peer:
        answer = await peer.final(peer.request("OPTIONS"))
        assert (words(answer.header("Allow")), words(answer.header("Supported"))) == (OURS, {"100rel", "timer"})
        assert (words(answer.header("Accept")), answer.header("Allow-Events")) == ({"application/sdp"}, "")


async def test_an_answered_call_names_the_same(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        invite = peer.request("INVITE", body=GOOD_SDP)
        peer.send(invite)
        await node.engine.answer((await node.event(SipLegOffered)).leg_id)
        answer = await peer.received("SIP/2.0 200")
        allow = next(line for line in answer.split("\r\n") if line.startswith("Allow:"))
        assert words(allow.removeprefix("Allow:")) == OURS
        assert "replaces" not in answer


@pytest.mark.parametrize(("method", "status"), NOT_OURS.items())
async def test_what_we_do_not_do_is_refused_with_what_we_do(node: Node, method: str, status: int) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        extra = "Refer-To: <sip:expensive@127.0.0.1:9>\r\nEvent: presence\r\n"
        outside = await peer.final(peer.request(method, extra=extra))
        call = await answered(node, peer)
        inside = await call.asks(method, extra=extra)
        for answer in (outside, inside):
            assert (answer.status, words(answer.header("Allow"))) == (status, OURS)
        assert node.engine.health().legs == 1
        assert node.engine.health().refused[status] == 2


async def test_a_call_lives_when_asked_whether_it_does(node: Node) -> None:
    """Carriers' keep-alives: OPTIONS and an empty INFO in the dialog got 500."""
    async with RawSip.to(node.engine.sip_port) as peer:
        call = await answered(node, peer)
        question = await call.asks("OPTIONS")
        assert (question.status, words(question.header("Allow"))) == (200, OURS)
        assert (await call.asks("INFO")).status == 200
        assert (await call.offers()).status == 200
        assert (await call.asks("BYE")).status == 200
        assert (await call.asks("OPTIONS")).status == 481


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "Duration= 250\r\nSignal= #\r\n", "#"),
        ("application/dtmf-relay", "Signal=10\r\n", "*"),
        ("application/dtmf-relay", "Signal=11\r\n", "#"),
        ("APPLICATION/DTMF-Relay; charset=utf-8", "signal=d\n", "D"),
        ("application/dtmf", "7", "7"),
        ("application/dtmf", " 11 \r\n", "#"),
        ("application/dtmf", "Signal=*\r\n", "*"),
    ],
)
async def test_keys_come_by_info_in_every_spelling(node: Node, content_type: str, body: str, key: str) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        call = await answered(node, peer)
        assert (await call.asks("INFO", body=body, content_type=content_type)).status == 200
        pressed = await node.event(DigitPressed)
        assert (pressed.digit, pressed.method) == (key, DigitMethod.SIP_INFO)


async def test_an_info_that_is_sent_again_is_one_key(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        call = await answered(node, peer)
        again = call.request("INFO", body="Signal=5\r\n", content_type="application/dtmf-relay")
        for _ in range(3):
            assert (await peer.final(again, method="INFO")).status == 200
        await call.asks("INFO", body="Signal=6\r\n", content_type="application/dtmf-relay")
        await until(lambda: len(node.seen(DigitPressed)) > 1)
        assert [pressed.digit for pressed in node.seen(DigitPressed)] == ["5", "6"]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/media_control+xml", "<x/>", 415),
        ("application/dtmf-relay", "Signal=16\r\n", 200),
        ("application/dtmf-relay", "nonsense", 200),
        ("application/dtmf", "99999999", 200),
    ],
)
async def test_an_info_without_a_key_presses_none(node: Node, content_type: str, body: str, status: int) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        call = await answered(node, peer)
        answer = await call.asks("INFO", body=body, content_type=content_type)
        assert answer.status == status
        assert (answer.header("Accept") == "application/dtmf-relay, application/dtmf") is (status == 415)
        assert (await call.asks("OPTIONS")).status == 200
        assert not node.seen(DigitPressed)


async def test_a_call_that_would_replace_another_is_a_call_of_its_own(node: Node) -> None:
    """RFC 3261 §8.2.2.3: without Require, an extension that is not ours is as if it were not there."""
    async with RawSip.to(node.engine.sip_port) as peer:
        peer.send(peer.request("INVITE", body=GOOD_SDP, extra="Replaces: x@y;to-tag=1;from-tag=2\r\n"))
        assert await node.event(SipLegOffered)
        demanded = await peer.final(
            peer.request("INVITE", body=GOOD_SDP, extra="Require: replaces\r\nReplaces: x@y;to-tag=1;from-tag=2\r\n")
        )
        assert demanded.status == 420


async def test_a_request_uri_of_another_kind_gets_416(node: Node) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        invite = peer.request("INVITE", body=GOOD_SDP).replace("INVITE sip:100@", "INVITE im:100@")
        assert (await peer.final(invite)).status == 416
        tel = peer.request("INVITE", body=GOOD_SDP)
        peer.send(tel.replace(tel.split(" ")[1], "tel:+442079460000", 1))
        assert (await node.event(SipLegOffered)).called_number == "+442079460000"
