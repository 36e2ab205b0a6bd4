"""The plain side of a browser leg: a UDP socket beside the engine's RTP port, on this machine; the relay reads and writes it.

Invariant: only the engine's address is heard (the socket is connected).
"""

from __future__ import annotations

import socket

from telephony.media_engine import RtpAddress


class LoopbackRtp:
    """Owns the socket."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Binds at once. Raises OSError."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))

    @property
    def address(self) -> RtpAddress:
        """Where the engine is to send."""
        host, port = self._socket.getsockname()
        return RtpAddress(host, port)

    @property
    def fd(self) -> int:
        return self._socket.fileno()

    def attach(self, engine: RtpAddress) -> None:
        self._socket.connect((engine.host, engine.port))

    def close(self) -> None:
        """Safe to call twice."""
        self._socket.close()
