"""A call to the engine, carried by hand over UDP: INVITE, ACK, and whatever else its dialog may say."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from telephony.media_engine import RtpAddress, SipLegAnswered, SipLegOffered
from tests.peers.raw_sip import Answer, RawSip, header_of
from tests.peers.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from tests.telephony.sip.conftest import Node

_CODECS = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000"}


def sdp(at: RtpAddress, payload_type: int = 0, direction: str = "sendrecv", extra: str = "") -> str:
    """`extra` is attribute lines of the audio section, each with its line end."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {at.host}\r\ns=-\r\nc=IN IP4 {at.host}\r\nt=0 0\r\n"
        f"m=audio {at.port} RTP/AVP {payload_type} 101\r\na=rtpmap:{payload_type} {_CODECS[payload_type]}\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n{extra}"
    )


def address_in(description: str) -> RtpAddress:
    """Where an SDP wants sound sent."""
    host = re.search(r"^c=IN IP4 (\S+)", description, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", description, re.MULTILINE)
    assert host is not None
    assert port is not None
    return RtpAddress(host[1], int(port[1]))


class Dialog:
    """The caller's side of an answered call."""

    def __init__(self, peer: RawSip, invite: str, answer: Answer, leg_id: str) -> None:
        self.peer = peer
        self.leg_id = leg_id
        self.answer = answer
        self.media = address_in(answer.text)
        self._invite = invite
        self._cseq = 1

    @classmethod
    @contextlib.asynccontextmanager
    async def called(
        cls, node: Node, offer: str, ack_body: str = "", *, acknowledged: bool = True, extra: str = ""
    ) -> AsyncIterator[Dialog]:
        """Calls with this offer (none: the engine makes one), and is connected, unless not `acknowledged` as it should be."""
        async with RawSip.to(node.engine.sip_port) as peer:
            invite = peer.request("INVITE", body=offer, extra=extra)
            peer.send(invite)
            call_id = header_of(invite, "Call-ID")

            def mine() -> list[SipLegOffered]:
                return [event for event in node.seen(SipLegOffered) if event.sip_call_id == call_id]

            await until(lambda: bool(mine()))
            leg_id = mine()[0].leg_id
            await node.engine.answer(leg_id)
            dialog = cls(peer, invite, Answer(await peer.received("SIP/2.0 200")), leg_id)
            dialog.acknowledge(ack_body)
            if acknowledged:
                await node.event(SipLegAnswered, where=lambda event: event.leg_id == leg_id)
            yield dialog

    @property
    def call_id(self) -> str:
        return header_of(self._invite, "Call-ID")

    def request(self, method: str, *, body: str = "", content_type: str = "application/sdp", cseq: int | None = None) -> str:
        """The next request of the dialog (RFC 3261 §12.2.1.1)."""
        if cseq is None:
            self._cseq += 1
            cseq = self._cseq
        content = f"Content-Type: {content_type}\r\n" if body else ""
        return (
            f"{method} {self.answer.header('Contact').strip('<>')} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.peer.port};branch=z9hG4bK-{self.peer.port}-{method}-{cseq}\r\n"
            f"From: {header_of(self._invite, 'From')}\r\nTo: {self.answer.header('To')}\r\n"
            f"Call-ID: {header_of(self._invite, 'Call-ID')}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:raw@127.0.0.1:{self.peer.port}>\r\n{content}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def acknowledge(self, body: str = "") -> None:
        self.peer.send(self.request("ACK", body=body, cseq=self._cseq))

    async def offers(self, description: str) -> Answer:
        """Re-INVITE: the answer, acknowledged."""
        answer = await self.asks("INVITE", body=description)
        self.acknowledge()
        return answer

    async def asks(self, method: str, *, body: str = "", content_type: str = "application/sdp") -> Answer:
        """Any request of the dialog: its final answer."""
        request = self.request(method, body=body, content_type=content_type)
        cseq = header_of(request, "CSeq")
        self.peer.send(request)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = Answer(await self.peer.received("SIP/2.0"))
                if answer.status >= 200 and answer.header("CSeq") == cseq:
                    return answer

    def replies(self, request: str, status: str = "200 OK") -> None:
        """To a request of the engine's."""
        kept = [
            line
            for line in request.split("\r\n\r\n", maxsplit=1)[0].split("\r\n")
            if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))
        ]
        self.peer.send("\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]))
