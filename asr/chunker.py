"""Gathers a stream's packets into chunks of a fixed length, so that the recognizer is called ten times a second, not
fifty.

Pure. Short holes (lost packets) are filled with silence, so that words keep their times; a longer hole (a source that
was silent or restarted) begins a new chunk at its place.
"""

from __future__ import annotations

import msgspec

from asr.g711 import SILENCE_ULAW, alaw_to_ulaw
from asr.jitter import Piece
from asr.rtp import PCMA, PCMU


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Sound on its way to the recognizer."""

    position: int
    """Samples (8 kHz) since the stream's first packet."""
    ulaw: bytes


class Chunker:
    """What has come since the last chunk left."""

    def __init__(self, chunk_samples: int = 800, max_filled_samples: int = 1600) -> None:
        self._chunk_samples = chunk_samples
        self._max_filled_samples = max_filled_samples
        self._buffer = bytearray()
        self._begin = 0

    def push(self, piece: Piece) -> list[Chunk]:
        """Complete chunks; payload types other than PCMU and PCMA carry no speech and are skipped."""
        payload = piece.packet.payload
        if piece.packet.payload_type == PCMA:
            payload = alaw_to_ulaw(payload)
        elif piece.packet.payload_type != PCMU:
            return []
        chunks: list[Chunk] = []
        hole = piece.position - (self._begin + len(self._buffer))
        if 0 < hole <= self._max_filled_samples:
            self._buffer += bytes([SILENCE_ULAW]) * hole
        elif hole:
            chunks += self.flush()
            self._begin = piece.position
        self._buffer += payload
        while len(self._buffer) >= self._chunk_samples:
            chunks.append(self._take(self._chunk_samples))
        return chunks

    def flush(self) -> list[Chunk]:
        """What is left, shorter than a chunk."""
        return [self._take(len(self._buffer))] if self._buffer else []

    def _take(self, samples: int) -> Chunk:
        chunk = Chunk(self._begin, bytes(self._buffer[:samples]))
        del self._buffer[:samples]
        self._begin += samples
        return chunk
