"""A SIP peer that may say anything: requests as text over UDP or TCP, whatever the standard thinks of them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from typing import Any

from tests.peers.waiting import PATIENCE_S

GOOD_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
T1_S, T2_S = 0.5, 4.0
"""RFC 3261 §17.1.1.1: how long a client waits before it repeats itself, at first and at most."""
_numbers = itertools.count(1)


class Answer:
    """A response, as far as tests ask about it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.status = int(text.split(" ", 2)[1])

    def header(self, name: str) -> str:
        """The first value; empty when there is none."""
        return header_of(self.text, name)


def header_of(message: str, name: str) -> str:
    """The first value in a request or a response; empty when there is none."""
    for line in message.split("\r\n\r\n", maxsplit=1)[0].split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name.lower():
            return value.strip()
    return ""


class RawSip(asyncio.DatagramProtocol):
    def __init__(self, server_port: int, host: str = "127.0.0.1") -> None:
        self._server_port = server_port
        self._address = host
        self.host = f"[{host}]" if ":" in host else host
        """As it is written in a URI (RFC 3261 §25.1)."""
        self._inbox: asyncio.Queue[str] = asyncio.Queue()
        self._transport: Any = None

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, server_port: int, host: str = "127.0.0.1") -> AsyncIterator[RawSip]:
        peer = cls(server_port, host)
        loop = asyncio.get_running_loop()
        peer._transport, _ = await loop.create_datagram_endpoint(lambda: peer, local_addr=(host, 0))
        try:
            yield peer
        finally:
            peer._transport.close()

    @property
    def port(self) -> int:
        return int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._inbox.put_nowait(data.decode(errors="replace"))

    def error_received(self, exc: Exception) -> None:
        """The server may have closed."""

    def send(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        self._transport.sendto(data, (self._address, self._server_port))

    async def final(self, message: str, *, method: str = "", within_s: float = PATIENCE_S) -> Answer:
        """Sends a request and returns its final answer.

        It is sent again until then (RFC 3261 §17.1.2.2): a full socket drops datagrams. Answers to earlier requests are passed
        over: those to an INVITE come again and again, because nobody here sends an ACK (§17.2.1). `method`: within a dialog,
        where answers to other requests have the same Call-ID.
        """
        call_id = header_of(message, "Call-ID")
        wait_s = T1_S
        async with asyncio.timeout(within_s):
            while True:
                self.send(message)
                try:
                    async with asyncio.timeout(wait_s):
                        return await self._final_answer(call_id, method)
                except TimeoutError:
                    wait_s = min(2 * wait_s, T2_S)

    async def _final_answer(self, call_id: str, method: str) -> Answer:
        while True:
            text = await self._inbox.get()
            if text.startswith("SIP/2.0"):
                answer = Answer(text)
                if answer.status >= 200 and answer.header("Call-ID") == call_id and answer.header("CSeq").endswith(method):
                    return answer

    async def received(self, start: str, *, within_s: float = PATIENCE_S) -> str:
        """The next message that begins with this."""
        async with asyncio.timeout(within_s):
            while True:
                text = await self._inbox.get()
                if text.startswith(start):
                    return text

    def request(self, method: str, *, body: str = "", content_type: str = "application/sdp", extra: str = "") -> str:
        """A correct request outside any dialog; `extra` is header lines, each with its line end."""
        number = next(_numbers)
        content = f"Content-Type: {content_type}\r\n" if body else ""
        return (
            f"{method} sip:100@{self.host}:{self._server_port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK-{self.port}-{number}\r\n"
            f"From: <sip:raw@{self.host}:{self.port}>;tag=t{number}\r\n"
            f"To: <sip:100@{self.host}:{self._server_port}>\r\n"
            f"Call-ID: raw-{self.port}-{number}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:raw@{self.host}:{self.port}>\r\n{extra}{content}Content-Length: {len(body)}\r\n\r\n{body}"
        )
