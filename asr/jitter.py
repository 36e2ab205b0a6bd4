"""Puts a stream's packets back in order.

Pure: packets in, pieces of sound out; time is an argument. A recognizer has no playout clock, so nothing waits that
need not: packets in order pass at once, a missing one is awaited until `max_held` later packets or `max_wait_s` have
gone by.

Invariant: pieces leave with strictly rising positions, no packet leaves twice, and at most `max_held` packets are held.

Source: RFC 3550 §5.1, appendix A.1 (sequence numbers, restart of a source).
"""

from __future__ import annotations

import msgspec

from asr.rtp import RtpPacket

_SEQUENCES = 1 << 16
_TIMESTAMPS = 1 << 32
# RFC 3550 A.1: a jump beyond these is a restarted source, believed when a second packet continues it.
_MAX_DROPOUT = 3000
_MAX_MISORDER = 100
_MAX_LEAD_S = 60


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One packet's sound in its place."""

    position: int
    """Samples since the first packet of the stream."""
    packet: RtpPacket


class JitterCounts(msgspec.Struct):
    """What happened to packets since the stream began."""

    received: int = 0
    lost: int = 0
    """Never came, or came too late."""
    late: int = 0
    duplicate: int = 0
    reordered: int = 0
    """Came after a later one, and was put back."""
    restarts: int = 0


def _signed(difference: int, modulus: int) -> int:
    """The shortest way round: the difference of two wrapping counters."""
    return (difference + modulus // 2) % modulus - modulus // 2


class JitterBuffer:
    """One stream's order. `origin` is the first packet; all positions count from it."""

    def __init__(self, max_held: int = 5, max_wait_s: float = 0.12, rate_hz: int = 8000) -> None:
        self.counts = JitterCounts()
        self._max_held = max_held
        self._max_wait_s = max_wait_s
        self._rate_hz = rate_hz
        self._next: int | None = None
        """Extended sequence number that should leave next."""
        self._timestamp = 0
        self._position = 0
        """Timestamp and position of the packet that left last; wrapping is resolved against them."""
        self._left_at = 0.0
        self._held: dict[int, tuple[RtpPacket, float]] = {}
        """By extended sequence number, with the time of arrival."""
        self._given_up: set[int] = set()
        """Lately declared lost: tells a late packet from a duplicate."""
        self._suspect: int | None = None
        """Sequence number that would prove a restart of the source."""

    def push(self, packet: RtpPacket, now: float) -> list[Piece]:
        """What can leave now that `packet` has arrived, in order."""
        self.counts.received += 1
        if self._next is None:
            return [self._begin(packet, 0, now)]
        distance = _signed(packet.sequence - self._next, _SEQUENCES)
        if distance == 0 and not self._held:
            self._suspect = None
            return [self._leave(packet, now)]
        if distance > _MAX_DROPOUT or distance < -_MAX_MISORDER:
            return self._maybe_restart(packet, now)
        self._suspect = None
        if distance < 0:
            self._count_old(distance)
            return []
        self._hold(self._next + distance, packet, now)
        return self._drain(now)

    def flush(self, now: float) -> list[Piece]:
        """Everything held, missing packets given up: the stream ends."""
        return self._drain(now, everything=True)

    def _begin(self, packet: RtpPacket, position: int, now: float) -> Piece:
        self._next = packet.sequence + 1
        self._timestamp, self._position, self._left_at = packet.timestamp, position, now
        return Piece(position, packet)

    def _leave(self, packet: RtpPacket, now: float) -> Piece:
        assert self._next is not None
        self._next += 1
        self._position += self._advance(packet, now)
        self._timestamp, self._left_at = packet.timestamp, now
        return Piece(self._position, packet)

    def _advance(self, packet: RtpPacket, now: float) -> int:
        # Timestamps that stand still or run backwards must not go back in time; those that leap further ahead than the
        # clock on the wall allows are a new clock, and the time of arrival is believed instead.
        jump = _signed(packet.timestamp - self._timestamp, _TIMESTAMPS)
        elapsed = int((now - self._left_at) * self._rate_hz)
        if jump > elapsed + _MAX_LEAD_S * self._rate_hz:
            jump = elapsed
        return max(jump, 1)

    def _maybe_restart(self, packet: RtpPacket, now: float) -> list[Piece]:
        if packet.sequence != self._suspect:
            self._suspect = (packet.sequence + 1) % _SEQUENCES
            return []
        pieces = self.flush(now)
        self._suspect = None
        self.counts.restarts += 1
        # The new clock says nothing about the old one: the time of arrival tells how long the pause was.
        pause = max(int((now - self._left_at) * self._rate_hz), len(packet.payload))
        return [*pieces, self._begin(packet, self._position + pause, now)]

    def _count_old(self, distance: int) -> None:
        # What has left or was given up; only the last ones matter, so both are told apart by a short memory.
        assert self._next is not None
        if self._next + distance in self._given_up:
            self._given_up.discard(self._next + distance)
            self.counts.late += 1
        else:
            self.counts.duplicate += 1

    def _hold(self, extended: int, packet: RtpPacket, now: float) -> None:
        if extended in self._held:
            self.counts.duplicate += 1
            return
        if self._held and extended < max(self._held):
            self.counts.reordered += 1
        self._held[extended] = (packet, now)

    def _drain(self, now: float, everything: bool = False) -> list[Piece]:
        pieces: list[Piece] = []
        while self._held:
            assert self._next is not None
            first = min(self._held)
            if first != self._next and not (everything or self._waited_enough(now)):
                break
            packet, _ = self._held[first]
            self._give_up(self._next, first)
            del self._held[first]
            self._next = first
            pieces.append(self._leave(packet, now))
        return pieces

    def _waited_enough(self, now: float) -> bool:
        oldest = min(since for _, since in self._held.values())
        return len(self._held) >= self._max_held or now - oldest >= self._max_wait_s

    def _give_up(self, begin: int, end: int) -> None:
        self.counts.lost += end - begin
        self._given_up.update(range(begin, end))
        if len(self._given_up) > _MAX_MISORDER:
            self._given_up = {number for number in self._given_up if number > end - _MAX_MISORDER}
