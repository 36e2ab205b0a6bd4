"""Packets that are lost, late, doubled, swapped or restarted leave in order, each at most once (RFC 3550 A.1)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.jitter import JitterBuffer, Piece
from asr.rtp import RtpPacket

FRAME = 160


def packet(number: int, first_sequence: int = 65_530, first_timestamp: int = 4_294_967_000) -> RtpPacket:
    """The stream's packet `number`; numbers wrap after a few."""
    sequence, timestamp = (first_sequence + number) % 65_536, (first_timestamp + number * FRAME) % 2**32
    return RtpPacket(0, sequence, timestamp, 1, number.to_bytes(4, "big"))


def numbers(pieces: list[Piece]) -> list[int]:
    return [int.from_bytes(piece.packet.payload, "big") for piece in pieces]


class Wire:
    """Sends packets at their time; some come otherwise."""

    def __init__(self) -> None:
        self.buffer = JitterBuffer()
        self.pieces: list[Piece] = []

    def arrive(self, *packet_numbers: int, at: float | None = None) -> None:
        for number in packet_numbers:
            self.pieces += self.buffer.push(packet(number), number * 0.02 if at is None else at)

    @property
    def heard(self) -> list[int]:
        return numbers(self.pieces)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_packets_in_order_pass_at_once_across_the_wrap(wire: Wire) -> None:
    wire.arrive(*range(20))
    assert wire.heard == list(range(20))
    assert [piece.position for piece in wire.pieces] == [n * FRAME for n in range(20)]


def test_swapped_packets_are_put_back(wire: Wire) -> None:
    wire.arrive(0, 2, 1, 4, 3, 5)
    assert wire.heard == [0, 1, 2, 3, 4, 5]
    assert wire.buffer.counts.lost == 0


def test_a_lost_packet_is_given_up_after_five_others_and_leaves_a_hole(wire: Wire) -> None:
    wire.arrive(0, 1, 3, 4, 5, 6)
    assert wire.heard == [0, 1]
    wire.arrive(7)
    assert wire.heard == [0, 1, 3, 4, 5, 6, 7]
    assert wire.pieces[2].position == 3 * FRAME
    assert wire.buffer.counts.lost == 1


def test_a_lost_packet_is_not_awaited_for_longer_than_its_time(wire: Wire) -> None:
    wire.arrive(0, 2)
    wire.arrive(3, at=1.0)
    assert wire.heard == [0, 2, 3]


def test_late_and_doubled_packets_are_told_apart(wire: Wire) -> None:
    wire.arrive(0, 1, 3, 4, 5, 6, 7)
    wire.arrive(2)
    wire.arrive(7)
    assert (wire.buffer.counts.late, wire.buffer.counts.duplicate) == (1, 1)
    assert wire.heard == [0, 1, 3, 4, 5, 6, 7]


def test_a_source_that_starts_again_is_followed_from_its_second_packet(wire: Wire) -> None:
    wire.arrive(0, 1, 2)
    restarted = [RtpPacket(0, 20_000 + n, 77 + n * FRAME, 1, b"new") for n in range(3)]
    for n, new in enumerate(restarted):
        wire.pieces += wire.buffer.push(new, 1.0 + n * 0.02)
    assert [piece.packet.payload for piece in wire.pieces[3:]] == [b"new", b"new"]
    assert wire.pieces[3].position == 2 * FRAME + round((1.02 - 0.04) * 8000)
    assert wire.buffer.counts.restarts == 1


def test_a_single_stray_number_is_no_restart(wire: Wire) -> None:
    wire.arrive(0, 1)
    assert wire.buffer.push(RtpPacket(0, 30_000, 5, 1, b"stray"), 0.03) == []
    wire.arrive(2, 3)
    assert wire.heard == [0, 1, 2, 3]


def test_a_silent_source_leaves_a_hole_as_long_as_its_timestamps_say(wire: Wire) -> None:
    wire.arrive(0)
    after_pause = packet(1)
    resumed = RtpPacket(0, after_pause.sequence, (after_pause.timestamp + 80_000) % 2**32, 1, b"back")
    assert wire.buffer.push(resumed, 10.02)[0].position == FRAME + 80_000


def test_timestamps_of_another_clock_are_not_believed(wire: Wire) -> None:
    wire.arrive(0)
    leap = RtpPacket(0, packet(1).sequence, (packet(1).timestamp + 2_000_000_000) % 2**32, 1, b"leap")
    assert wire.buffer.push(leap, 0.5)[0].position == 4000


@settings(max_examples=200)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.2), st.integers(0, 4), st.floats(0, 0.1))
def test_whatever_the_network_does_packets_leave_in_order_and_once(seed: int, loss: float, shuffle: int, double: float) -> None:
    chance = random.Random(seed)
    sent = [n for n in range(200) if n == 0 or chance.random() >= loss]
    arriving = sorted((n + (chance.random() * shuffle if n else 0), n) for n in sent)
    arriving += [(place + 2, n) for place, n in arriving if chance.random() < double]
    wire = Wire()
    for place, number in sorted(arriving):
        wire.arrive(number, at=place * 0.02)
    wire.pieces += wire.buffer.flush(10.0)
    assert wire.heard == sorted(set(wire.heard))
    assert set(sent) - set(wire.heard) == set() or wire.buffer.counts.late > 0 or wire.buffer.counts.duplicate > 0
    positions = [piece.position for piece in wire.pieces]
    assert positions == [n * FRAME for n in wire.heard]
    counts = wire.buffer.counts
    assert len(wire.pieces) + counts.late + counts.duplicate == counts.received
