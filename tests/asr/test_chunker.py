"""Packets become chunks of a tenth of a second; holes keep their length."""

from __future__ import annotations

from asr.chunker import Chunk, Chunker
from asr.jitter import Piece
from asr.rtp import PCMA, PCMU, RtpPacket


def piece(position: int, payload: bytes = b"\x11" * 160, payload_type: int = PCMU) -> Piece:
    return Piece(position, RtpPacket(payload_type, 0, 0, 0, payload))


def gather(*pieces: Piece) -> list[Chunk]:
    chunker = Chunker()
    chunks = [chunk for each in pieces for chunk in chunker.push(each)]
    return chunks + chunker.flush()


def test_five_packets_make_a_chunk() -> None:
    chunks = gather(*(piece(n * 160) for n in range(12)))
    assert [(chunk.position, len(chunk.ulaw)) for chunk in chunks] == [(0, 800), (800, 800), (1600, 320)]


def test_a_short_hole_is_filled_with_silence() -> None:
    chunks = gather(piece(0), piece(320))
    assert chunks == [Chunk(0, b"\x11" * 160 + b"\xff" * 160 + b"\x11" * 160)]


def test_a_long_hole_begins_a_chunk_at_its_place() -> None:
    assert [chunk.position for chunk in gather(piece(0), piece(80_000))] == [0, 80_000]


def test_overlapping_sound_begins_a_chunk_too() -> None:
    assert [chunk.position for chunk in gather(piece(0), piece(100))] == [0, 100]


def test_a_law_is_recoded_and_other_types_carry_no_speech() -> None:
    assert gather(piece(0, bytes([0xD5]) * 160, PCMA))[0].ulaw == b"\xfe" * 160
    assert gather(piece(0, b"\x07", 13), piece(160, b"\x05\x00\x00\xa0", 101)) == []
