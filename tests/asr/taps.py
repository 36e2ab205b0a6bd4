"""A tap: sends a leg's sound to a recognizer as the media node does, faster than real time when asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from asr.g711 import Samples, encode_ulaw
from asr.rtp import build
from core.agreeing import TAP, OwnKey
from tests.peers import srtp

FRAME = 160


def packets(samples: Samples, ssrc: int, first_sequence: int = 65_500, first_timestamp: int = 4_294_960_000) -> list[bytes]:
    """20 ms PCMU packets; numbers begin near their end, so that every test wraps both."""
    ulaw = encode_ulaw(samples)
    return [
        build(first_sequence + n, first_timestamp + n * FRAME, ssrc, ulaw[n * FRAME : (n + 1) * FRAME])
        for n in range(len(ulaw) // FRAME)
    ]


class Tap:
    """One UDP sender."""

    def __init__(self, host: str, port: int, ssrc: int, *, key: OwnKey | None = None, recognizers: bytes = b"") -> None:
        """`key`, the node's, encrypts it for the recognizer that has told the other."""
        self._encrypted: Callable[[bytes], bytes] = bytes
        if key is not None:
            agreed = key.agreed(TAP, recognizers)
            self._encrypted = srtp.session(agreed.profile, agreed.tx, srtp.OUTBOUND).protect
        self.port = port
        self._address = (host, port)
        self.ssrc = ssrc
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def say(self, samples: Samples, speed: float = 20.0) -> None:
        """`speed` times as fast as it was spoken."""
        for datagram in packets(samples, self.ssrc):
            self.send(self._encrypted(datagram))
            await asyncio.sleep(0.02 / speed)

    def send_all(self, samples: Samples) -> None:
        """At once."""
        for datagram in packets(samples, self.ssrc):
            self.send(self._encrypted(datagram))

    def send(self, datagram: bytes) -> None:
        """As it is."""
        self._socket.sendto(datagram, self._address)

    def close(self) -> None:
        self._socket.close()
