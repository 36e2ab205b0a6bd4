"""The plain side of a browser leg: RTP with the media engine's port, over UDP on this machine.

Invariant: only the engine's address is heard (the socket is connected); a packet that cannot be sent at once is dropped and
counted, because sound that waits is worse than sound that is missing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from telephony.media_engine import RtpAddress

MAX_PACKET_BYTES = 2048


class LoopbackRtp:
    """Owns one UDP socket beside an engine's RTP port.

    The socket is watched instead of wrapped in a transport: one system call for each packet, and this runs 50 times a second for
    each leg.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Binds at once. Raises OSError."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_packet: Callable[[bytes], None] | None = None
        self.dropped = 0

    @property
    def address(self) -> RtpAddress:
        """Where the engine is to send."""
        host, port = self._socket.getsockname()
        return RtpAddress(host, port)

    def attach(self, engine: RtpAddress, on_packet: Callable[[bytes], None]) -> None:
        """From now on packets flow; `on_packet` runs for each RTP packet of the engine."""
        self._socket.connect((engine.host, engine.port))
        self._on_packet = on_packet
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            packet = self._socket.recv(MAX_PACKET_BYTES)
        except OSError:
            # The engine's port is not open yet, or no longer (ECONNREFUSED); liveness notices what lasts.
            return
        if len(packet) >= 12 and self._on_packet is not None:
            self._on_packet(packet)

    def send(self, packet: bytes) -> None:
        try:
            self._socket.send(packet)
        except OSError:
            self.dropped += 1

    def close(self) -> None:
        """Safe to call twice."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop = None
        self._socket.close()
