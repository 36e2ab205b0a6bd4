"""A phone reduced to its sound: sends a tone as PCMU RTP, 50 packets a second, and keeps what it hears.

It stands where the media engine's RTP port stands, so that browser legs can be tested without the native build.
"""

from __future__ import annotations

import asyncio
import struct
from types import TracebackType
from typing import Any

import numpy as np

from telephony.media_engine import RtpAddress
from tests.peers.tones import Samples, strongest_hz, tone, ulaw_decode, ulaw_encode
from tests.peers.waiting import PATIENCE_S

_FRAME = 160


class RtpPeer(asyncio.DatagramProtocol):
    """Use as an async context manager; `send_to` begins the tone."""

    def __init__(self, hz: float, ssrc: int = 0x5050, host: str = "127.0.0.1") -> None:
        self.packets: list[bytes] = []
        """RTP packets received, in order of arrival."""
        self.sent = 0
        self.speaks_g722 = False
        """Sends packets of that payload type: their sound is rubbish, their way is not."""
        self._host = host
        self._ssrc = ssrc
        encoded = ulaw_encode(tone(hz, 1.0))
        self._frames = [encoded[i : i + _FRAME] for i in range(0, len(encoded), _FRAME)]
        self._transport: asyncio.DatagramTransport | None = None
        self._sending: asyncio.Task[None] | None = None
        self._grown = asyncio.Event()

    async def __aenter__(self) -> RtpPeer:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self._host, 0))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])
        if self._transport is not None:
            self._transport.close()

    @property
    def address(self) -> RtpAddress:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        return RtpAddress(host, port)

    def say(self, datagram: bytes, to: RtpAddress) -> None:
        assert self._transport is not None
        self._transport.sendto(datagram, (to.host, to.port))

    def stop(self) -> None:
        """Falls silent."""
        if self._sending is not None:
            self._sending.cancel()

    def send_to(self, remote: RtpAddress) -> None:
        self._sending = asyncio.create_task(self._send(remote), name="rtp peer")

    async def _send(self, remote: RtpAddress) -> None:
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            header = struct.pack(
                "!BBHII", 0x80, 9 * self.speaks_g722, self.sent & 0xFFFF, self.sent * _FRAME & 0xFFFFFFFF, self._ssrc
            )
            self._transport.sendto(header + self._frames[self.sent % len(self._frames)], (remote.host, remote.port))
            self.sent += 1
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self.packets.append(data)
        self._grown.set()

    def error_received(self, exc: Exception) -> None:
        """The other side is not there yet."""

    def audio(self, last: int = 50) -> Samples:
        """The last packets' PCMU, in sequence; telephone events left out."""
        payloads = [p[12:] for p in self.packets[-last:] if p[1] & 0x7F == 0]
        return ulaw_decode(b"".join(payloads)) if payloads else np.zeros(0)

    def hears_hz(self) -> float:
        """The strongest frequency of the last second."""
        return strongest_hz(self.audio())

    async def received(self, count: int, within_s: float = PATIENCE_S) -> None:
        """Waits until that many packets have come in all."""
        async with asyncio.timeout(within_s):
            while len(self.packets) < count:
                self._grown.clear()
                await self._grown.wait()
