"""One dialog of a raw SIP peer: a call that the node has answered, and requests within it."""

from __future__ import annotations

import re

from tests.peers.raw_sip import GOOD_SDP, Answer, RawSip, header_of


class RawCall:
    """The caller's side of a dialog (RFC 3261 §12.2.1.1)."""

    def __init__(self, peer: RawSip, invite: str, answer: str) -> None:
        self._peer = peer
        self._from = header_of(invite, "From")
        self._to = header_of(answer, "To")
        self._call_id = header_of(invite, "Call-ID")
        self.sdp = answer.partition("\r\n\r\n")[2]
        contact = re.search(r"<([^>]*)>", header_of(answer, "Contact"))
        assert contact is not None
        self._target = contact[1]
        self._number = 1

    @classmethod
    async def answered(cls, peer: RawSip, invite: str) -> RawCall:
        """After somebody has told the node to answer: takes the 200 and acknowledges it."""
        call = cls(peer, invite, await peer.received("SIP/2.0 200"))
        peer.send(call.request("ACK", number=1))
        return call

    def request(self, method: str, *, body: str = "", content_type: str = "", extra: str = "", number: int | None = None) -> str:
        if number is None:
            self._number += 1
            number = self._number
        content = f"Content-Type: {content_type}\r\n" if body else ""
        branch = f"z9hG4bK-{self._peer.port}-{method}-{number}-{id(self)}"
        return (
            f"{method} {self._target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._peer.host}:{self._peer.port};branch={branch}\r\n"
            f"From: {self._from}\r\nTo: {self._to}\r\nCall-ID: {self._call_id}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:raw@{self._peer.host}:{self._peer.port}>\r\n{extra}{content}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def asks(self, method: str, *, body: str = "", content_type: str = "", extra: str = "") -> Answer:
        """The final answer to a request in this dialog."""
        return await self._peer.final(self.request(method, body=body, content_type=content_type, extra=extra), method=method)

    async def offers(self, sdp: str = GOOD_SDP) -> Answer:
        """A re-INVITE, acknowledged."""
        answer = await self.asks("INVITE", body=sdp, content_type="application/sdp")
        self._peer.send(self.request("ACK", number=self._number))
        return answer
