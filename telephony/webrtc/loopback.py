"""The plain side of a browser leg: RTP with the media engine's port, over UDP on this machine.

Invariant: only the engine's address is heard (the socket is connected); a packet that cannot be sent at once is dropped and
counted, because sound that waits is worse than sound that is missing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from telephony.media_engine import RtpAddress


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, on_packet: Callable[[bytes], None]) -> None:
        self._on_packet = on_packet

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if len(data) >= 12:
            self._on_packet(data)

    def error_received(self, exc: Exception) -> None:
        """The engine's port is not open yet, or no longer (ECONNREFUSED); liveness notices what lasts."""


class LoopbackRtp:
    """Owns one UDP socket beside an engine's RTP port."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Binds at once. Raises OSError."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self._transport: asyncio.DatagramTransport | None = None
        self._send: Callable[[bytes], int] = self._socket.send
        self.dropped = 0

    @property
    def address(self) -> RtpAddress:
        """Where the engine is to send."""
        host, port = self._socket.getsockname()
        return RtpAddress(host, port)

    async def attach(self, engine: RtpAddress, on_packet: Callable[[bytes], None]) -> None:
        """From now on packets flow; `on_packet` runs for each RTP packet of the engine."""
        self._socket.connect((engine.host, engine.port))
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(on_packet), sock=self._socket)

    def send(self, packet: bytes) -> None:
        try:
            self._send(packet)
        except OSError:
            self.dropped += 1

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        else:
            self._socket.close()
