"""The worker's one UDP socket: datagrams in, each stream's chunks out.

Streams are told apart by the SSRC that the worker chose for them. A stream belongs to the address its first packet came
from; packets from elsewhere, of unknown streams, or malformed are counted and dropped.

While packets come close together, the socket is looked at by the clock: waking for each packet cost more than all that is done
with it. When a look finds nothing, the socket wakes the loop again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import msgspec

from asr.chunker import Chunk, Chunker
from asr.g711 import RATE_HZ
from asr.jitter import JitterBuffer, JitterCounts, Piece
from asr.rtp import MalformedRtp, RtpPacket, parse
from asr.secret_sound import SecretSound

OnChunk = Callable[[Chunk], None]
_RECEIVE_BUFFER_BYTES = 4 << 20  # 400 legs of 50 packets/s for several seconds, should the loop be held up
_PACKETS_PER_TURN = 256
_MAX_DATAGRAM_BYTES = 2048
_ABANDONED_S = 1.0
_REST_S = 0.04
"""Two packets of a stream; a chunk has five."""


class ReceiverCounts(msgspec.Struct):
    """Packets that reached no stream, since the start."""

    malformed: int = 0
    unknown_stream: int = 0
    wrong_source: int = 0
    not_opened: int = 0
    """Not encrypted, or not for this stream, changed on the way, or sent again."""

    @property
    def refused(self) -> int:
        """Those of unknown streams are often the last of one that was stopped."""
        return self.malformed + self.wrong_source + self.not_opened


class StreamInput:
    """One stream's order and chunks."""

    def __init__(self, on_chunk: OnChunk, chunk_samples: int, now: float, secret: SecretSound | None = None) -> None:
        """`secret`: what its packets are opened with; None: they come in the clear."""
        self.secret = secret
        self._jitter = JitterBuffer()
        self._chunker = Chunker(chunk_samples)
        self._on_chunk = on_chunk
        self._began_at = now
        self._origin = 0
        """Where the first packet stands: it may come a while after the leg began."""
        self.source: object = None
        self.last_packet_at = now

    @property
    def counts(self) -> JitterCounts:
        return self._jitter.counts

    def belongs_to(self, source: object, now: float) -> bool:
        """The first source owns the stream until it has been silent for a while: a tap that is made anew has another port."""
        return self.source in (None, source) or now - self.last_packet_at > _ABANDONED_S

    def push(self, packet: RtpPacket, now: float) -> None:
        if self.counts.received == 0:
            self._origin = max(int((now - self._began_at) * RATE_HZ), 0)
        self.last_packet_at = now
        self._hand_on(self._jitter.push(packet, now))

    def flush(self, now: float) -> None:
        """Hands on everything that is still held."""
        self._hand_on(self._jitter.flush(now))
        for chunk in self._chunker.flush():
            self._on_chunk(Chunk(self._origin + chunk.position, chunk.ulaw))

    def _hand_on(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            for chunk in self._chunker.push(piece):
                self._on_chunk(Chunk(self._origin + chunk.position, chunk.ulaw))


class RtpReceiver:
    """Owns the socket. `clock` gives seconds and need not be the wall's."""

    def __init__(self, clock: Callable[[], float], chunk_samples: int) -> None:
        self.counts = ReceiverCounts()
        self._clock = clock
        self._chunk_samples = chunk_samples
        self._streams: dict[int, StreamInput] = {}
        self._socket: socket.socket | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._woken_at = 0.0

    def open(self, host: str, port: int) -> int:
        """Listens; returns the port (a free one for 0). Raises `OSError` when the address is taken or not ours."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._socket.bind((host, port))
        self._watch()
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def add(self, ssrc: int, on_chunk: OnChunk, secret: SecretSound | None = None) -> StreamInput:
        """A stream that begins now; its chunks' positions count from here."""
        stream = StreamInput(on_chunk, self._chunk_samples, self._clock(), secret)
        self._streams[ssrc] = stream
        return stream

    def remove(self, ssrc: int) -> None:
        """Hands on what is held and forgets the stream."""
        stream = self._streams.pop(ssrc, None)
        if stream is not None:
            stream.flush(self._clock())

    def _watch(self) -> None:
        assert self._socket is not None
        self._rest = None
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._wake)

    def _wake(self) -> None:
        # The socket has woken the loop, which pays while packets are rare.
        assert self._socket is not None
        loop = asyncio.get_running_loop()
        self._receive()
        before, self._woken_at = self._woken_at, loop.time()
        if self._woken_at - before < _REST_S:
            loop.remove_reader(self._socket.fileno())
            self._rest = loop.call_later(_REST_S, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        found = self._receive()
        self._woken_at = loop.time()
        if found:
            self._rest = loop.call_later(_REST_S if found < _PACKETS_PER_TURN else 0.0, self._look)
        else:
            self._watch()

    def _receive(self) -> int:
        """How many packets there were; bounded, so that a flood does not starve the commands."""
        assert self._socket is not None
        now = self._clock()
        for found in range(_PACKETS_PER_TURN):
            try:
                datagram, source = self._socket.recvfrom(_MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return found
            self._take(datagram, source, now)
        return _PACKETS_PER_TURN

    def _take(self, datagram: bytes, source: object, now: float) -> None:
        try:
            packet = parse(datagram)
        except MalformedRtp:
            self.counts.malformed += 1
            return
        stream = self._streams.get(packet.ssrc)
        if stream is None:
            self.counts.unknown_stream += 1
        elif not stream.belongs_to(source, now):
            self.counts.wrong_source += 1
        elif stream.secret is None:
            self._push(stream, packet, source, now)
        elif (plain := stream.secret.opened(datagram)) is None:
            self.counts.not_opened += 1
        else:
            self._push(stream, parse(plain), source, now)

    def _push(self, stream: StreamInput, packet: RtpPacket, source: object, now: float) -> None:
        stream.source = source
        stream.push(packet, now)
