"""Whether a peer is there, with real peers: what is a sign, what a question brings, and an offer that nobody answers."""

from __future__ import annotations

import socket
import struct

import pytest

from telephony.media_engine import EngineError, RtpAddress, SipLegAnswered, SipLegEnded
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.raw_sip import header_of
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until, until_told
from tests.telephony.sip.conftest import Node

NOWHERE = RtpAddress("127.0.0.1", 40000)


async def signs(node: Node, dialog: Dialog) -> int:
    return (await node.engine.statistics(dialog.leg_id)).signs_of_life


async def grown(node: Node, dialog: Dialog, before: int) -> None:
    async def more() -> bool:
        return await signs(node, dialog) > before

    await until_told(more)


@pytest.mark.parametrize("codec", [0, 9])
async def test_sound_reports_and_messages_are_signs_of_life(node: Node, codec: int) -> None:
    async with RtpPeer(500) as phone, Dialog.called(node, sdp(phone.address, codec)) as dialog:
        before = await signs(node, dialog)
        phone.say(struct.pack("!BBHII", 0x80, codec, 1, 160, 7) + bytes(160), dialog.media)
        await grown(node, dialog, before)
        before = await signs(node, dialog)
        reports_from_beside(phone, dialog)
        await grown(node, dialog, before)
        before = await signs(node, dialog)
        await dialog.offers(sdp(phone.address, codec, "sendonly"))
        await grown(node, dialog, before)


def reports_from_beside(phone: RtpPeer, dialog: Dialog) -> None:
    """A report from the port after the phone's sound (RFC 3550 §11)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
        reports.bind((phone.address.host, phone.address.port + 1))
        reports.sendto(struct.pack("!BBHI", 0x80, 201, 1, 7), (dialog.media.host, dialog.media.port + 1))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(sdp(NOWHERE), True, id="talking"),
        pytest.param(sdp(NOWHERE, direction="recvonly"), False, id="only hears"),
        pytest.param(sdp(NOWHERE, direction="inactive"), False, id="inactive"),
        pytest.param(sdp(RtpAddress("0.0.0.0", 40000)), False, id="on hold as of old"),
    ],
)
async def test_the_dialog_says_whether_sound_is_to_come(node: Node, held: str, expected: bool) -> None:
    async with Dialog.called(node, sdp(NOWHERE)) as dialog:
        await dialog.offers(held)
        assert (await node.engine.statistics(dialog.leg_id)).sound_expected is expected


async def test_a_peer_is_asked_in_its_dialog_and_any_answer_is_a_sign(node: Node) -> None:
    async with Dialog.called(node, sdp(NOWHERE)) as dialog:
        for status in ("200 OK", "405 Method Not Allowed", "501 Not Implemented"):
            before = await signs(node, dialog)
            await node.engine.ask(dialog.leg_id)
            question = await dialog.peer.received("OPTIONS")
            assert header_of(question, "Call-ID") == dialog.call_id
            assert await signs(node, dialog) == before, "the question itself is no sign"
            dialog.replies(question, status)
            await grown(node, dialog, before)
        assert node.seen(SipLegEnded) == []


async def test_a_peer_that_knows_nothing_of_the_dialog_ends_it(node: Node) -> None:
    """RFC 3261 §12.2.1.2: its BYE was lost, or it has been started anew."""
    async with Dialog.called(node, sdp(NOWHERE)) as dialog:
        await node.engine.ask(dialog.leg_id)
        dialog.replies(await dialog.peer.received("OPTIONS"), "481 Call/Transaction Does Not Exist")
        ended = await node.event(SipLegEnded)
        assert (ended.sip_status, ended.by_remote) == (481, True)


async def test_a_leg_that_is_not_answered_cannot_be_asked(node: Node) -> None:
    with pytest.raises(EngineError):
        await node.engine.ask("leg_unknown")


@pytest.mark.parametrize("body", ["", sdp(RtpAddress("127.0.0.1", 0))], ids=["no answer", "no sound"])
async def test_an_offer_of_ours_that_is_acknowledged_without_an_answer_ends_the_leg_at_once(node: Node, body: str) -> None:
    """RFC 3261 §13.2.1. Before, such a leg stayed, was offered to an agent, and ended as his fault."""
    async with Dialog.called(node, "", ack_body=body, acknowledged=False) as dialog:
        bye = await dialog.peer.received("BYE")  # which this peer never answers
        assert "488" in header_of(bye, "Reason")
        ended = await node.event(SipLegEnded)
        assert (ended.leg_id, ended.sip_status, ended.by_remote) == (dialog.leg_id, 488, True)
        assert node.seen(SipLegAnswered) == []
        await until(lambda: node.engine.health().refused.get(488) == 1)


async def test_an_offer_of_ours_that_is_answered_with_the_ack_is_a_call(node: Node) -> None:
    async with RtpPeer(500) as phone, Dialog.called(node, "", ack_body=sdp(phone.address)) as dialog:
        try:
            await phone.received(10)
        except TimeoutError:
            found = await node.engine.statistics(dialog.leg_id)
            raise AssertionError(f"{len(phone.packets)} packets to {phone.address}; {found}; {node.events}") from None
        assert (await node.engine.statistics(dialog.leg_id)).sound_expected


async def test_a_peer_may_have_the_session_refreshed(node: Node) -> None:
    """RFC 4028 §9: who asks for a session timer gets one, and refreshes it; we end the session if it does not."""
    async with (
        RtpPeer(500) as phone,
        Dialog.called(node, sdp(phone.address), extra="Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n") as dialog,
    ):
        assert dialog.answer.header("Session-Expires").startswith("90")
        before = await signs(node, dialog)
        assert (await dialog.offers(sdp(phone.address))).status == 200
        await grown(node, dialog, before)
