"""The engine's end of a link as a UDP socket, so that a leg's packets can be seen and said as they are."""

from __future__ import annotations

import asyncio
import socket

from patchbay_media import LinkSocket, MediaLink

from telephony.media_engine import RtpAddress

_MAX_DATAGRAM_BYTES = 2048


class EngineEnd:
    """Carries between a link and whoever stands at `engine`."""

    def __init__(self, link: MediaLink, engine: RtpAddress) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect((engine.host, engine.port))
        self._end: LinkSocket | None = LinkSocket(link, self._socket.fileno())
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._say)

    @property
    def address(self) -> RtpAddress:
        """Where the engine is to send."""
        host, port = self._socket.getsockname()
        return RtpAddress(host, port)

    def close(self) -> None:
        """Safe to call twice."""
        if self._end is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._end = None  # it leaves the link
        self._socket.close()

    def _say(self) -> None:
        assert self._end is not None
        try:
            self._end.say(self._socket.recv(_MAX_DATAGRAM_BYTES))
        except OSError:
            return  # nothing after all, or an ICMP error of something sent before
