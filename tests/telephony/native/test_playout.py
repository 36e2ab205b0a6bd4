"""The jitter buffer of G.711 streams: what is heard of packets that come early, late, twice, in another order, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patchbay_media import PlayoutOfMuLaw

from tests.peers import tones
from tests.peers.tones import Samples

TICK_MS, SAMPLES_A_MS = 20, 8
TAKEN, LATE, REFUSED = range(3)
ROOM = 3200
FIRST_TIMESTAMP = 0xFFFFFF00
"""RTP time wraps around in every test."""


@dataclass(frozen=True)
class Packet:
    at_ms: float
    begin: int
    """First sample, counted from the beginning of the sound."""
    payload: bytes


@dataclass
class Heard:
    frames: list[Samples] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    @property
    def sound(self) -> Samples:
        return np.concatenate(self.frames)

    @property
    def without_silence(self) -> Samples:
        """From the first frame that was played."""
        first = next(i for i, frame in enumerate(self.frames) if frame.any())
        return np.concatenate(self.frames[first:])


def packets_of(sound: Samples, ptime_ms: int = 20, from_ms: float = 3.0) -> list[Packet]:
    """As a sender without faults sends them."""
    encoded, step = tones.ulaw_encode(sound), ptime_ms * SAMPLES_A_MS
    return [Packet(from_ms + i / SAMPLES_A_MS, i, encoded[i : i + step]) for i in range(0, len(encoded), step)]


def play(playout: PlayoutOfMuLaw, packets: Iterable[Packet], for_ms: int, first_timestamp: int = FIRST_TIMESTAMP) -> Heard:
    """Plays for so long; packets come when they come."""
    heard = Heard()
    waiting = sorted(packets, key=lambda packet: packet.at_ms)
    for now_ms in range(0, for_ms, TICK_MS):
        while waiting and waiting[0].at_ms <= now_ms:
            packet = waiting.pop(0)
            playout.put(first_timestamp + packet.begin & 0xFFFFFFFF, packet.payload)
        frame = playout.take()
        heard.frames.append(np.array(frame or [0] * (TICK_MS * SAMPLES_A_MS)) / 32768)
        heard.waiting.append(playout.waiting())
    return heard


def as_sent(sound: Samples) -> Samples:
    return tones.ulaw_decode(tones.ulaw_encode(sound))


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
def test_packets_of_any_length_are_heard_sample_for_sample(ptime_ms: int) -> None:
    sound = tones.tone(400, 2.4)
    playout = PlayoutOfMuLaw()
    heard = play(playout, packets_of(sound, ptime_ms), 2000).without_silence
    assert np.allclose(heard, as_sent(sound)[: len(heard)], atol=1e-3)
    assert playout.concealed() == 0


@given(shuffled=st.permutations(range(40)), twice=st.sets(st.integers(0, 39)))
def test_order_and_repetition_do_not_matter_while_packets_are_in_time(shuffled: list[int], twice: set[int]) -> None:
    """Neighbours change places; some come twice."""
    packets = packets_of(tones.tone(400, 0.8))
    order = {packet.begin: shuffled[i] for i, packet in enumerate(packets)}
    mixed = [
        Packet(packet.at_ms + (10 if order[packet.begin] % 2 and packet.begin else 0), packet.begin, packet.payload)
        for i, packet in enumerate(packets)
        for _ in range(2 if i in twice else 1)
    ]
    swapped = play(PlayoutOfMuLaw(), mixed, 600).without_silence
    plain = play(PlayoutOfMuLaw(), packets, 600).without_silence
    shorter = min(len(swapped), len(plain))
    assert np.array_equal(swapped[:shorter], plain[:shorter])


@pytest.mark.parametrize("lost", [{20}, {20, 21}, {20, 25, 30, 31}])
def test_what_is_lost_is_concealed_and_the_rest_stays_in_its_place(lost: set[int]) -> None:
    sound = tones.tone(400, 1.6)
    playout = PlayoutOfMuLaw()
    packets = [packet for i, packet in enumerate(packets_of(sound)) if i not in lost]
    heard = play(playout, packets, 1400).without_silence
    assert playout.concealed() == 160 * len(lost)
    sent = as_sent(sound)
    for i in range(40):
        frame, original = heard[i * 160 : (i + 1) * 160], sent[i * 160 : (i + 1) * 160]
        if i in lost:
            assert tones.share_of(400, frame, width_hz=60) > 0.8  # the tone goes on
        elif i - 1 not in lost:
            assert np.allclose(frame, original, atol=1e-3)


def test_the_join_does_not_click() -> None:
    sound = tones.tone(317, 1.6)
    packets = [packet for i, packet in enumerate(packets_of(sound)) if i not in {20, 21, 40}]
    heard = play(PlayoutOfMuLaw(), packets, 1400).without_silence
    steepest = float(np.abs(np.diff(as_sent(sound))).max())
    assert float(np.abs(np.diff(heard)).max()) < 1.5 * steepest


def test_a_long_loss_fades_to_silence() -> None:
    sound = tones.tone(400, 2.0)
    packets = [packet for i, packet in enumerate(packets_of(sound)) if not 20 <= i < 28]
    heard = play(PlayoutOfMuLaw(), packets, 1600).sound
    quiet = [i for i in range(0, len(heard), 160) if not heard[i : i + 160].any()]
    assert len(quiet) >= 5 + 1  # beyond the beginning


def test_late_packets_are_heard_late_not_lost_and_the_delay_goes_away_again() -> None:
    """All packets of 100 ms come together at its end, as when a radio link hesitates."""
    sound = tones.tone(400, 60)
    packets = [
        Packet(max(packet.at_ms, 1100.0) if 1000 <= packet.at_ms < 1100 else packet.at_ms, packet.begin, packet.payload)
        for packet in packets_of(sound)
    ]
    playout = PlayoutOfMuLaw()
    heard = play(playout, packets, 58_000)
    assert playout.late() == 0
    assert 0 < playout.concealed() <= 800
    assert max(heard.waiting[60:200]) >= 400
    assert max(heard.waiting[-100:]) <= 320
    assert tones.share_of(400, heard.sound[8000:], width_hz=60) > 0.95  # shortened by whole periods


def test_what_has_piled_up_before_somebody_listens_does_not_delay_the_rest() -> None:
    """The leg was answered while its early media waited."""
    packets = [Packet(max(packet.at_ms, 300.0), packet.begin, packet.payload) for packet in packets_of(tones.tone(400, 20))]
    heard = play(PlayoutOfMuLaw(), packets, 18_000)
    assert max(heard.waiting[-50:]) <= 320


def test_a_pause_is_silent_and_sound_after_it_is_heard_whatever_its_time_says() -> None:
    playout = PlayoutOfMuLaw()
    before = play(playout, packets_of(tones.tone(400, 1.0)), 1000)
    pause = play(playout, [], 1000)
    after = play(playout, packets_of(tones.tone(600, 1.0)), 1000, first_timestamp=12345)
    assert tones.hears(before.sound[800:], 400)
    assert tones.is_silent(pause.sound[4000:])
    assert tones.hears(after.sound[1600:], 600)


def test_time_that_jumps_in_the_midst_of_sound_is_followed_at_the_second_packet() -> None:
    playout = PlayoutOfMuLaw()
    play(playout, packets_of(tones.tone(400, 1.0)), 1000)
    after = play(playout, packets_of(tones.tone(600, 1.0)), 1000, first_timestamp=FIRST_TIMESTAMP + 1_000_000 & 0xFFFFFFFF)
    assert tones.hears(after.sound[1600:], 600)


def test_one_stray_packet_changes_nothing() -> None:
    sound = tones.tone(400, 1.0)
    packets = packets_of(sound)
    stray = Packet(500.0, 500_000, packets[0].payload)
    playout = PlayoutOfMuLaw()
    heard = play(playout, [*packets, stray], 900).without_silence
    assert np.allclose(heard, as_sent(sound)[: len(heard)], atol=1e-3)


@given(
    packets=st.lists(
        st.tuples(st.integers(0, 0xFFFFFFFF) | st.integers(0, 8000), st.integers(0, 2000), st.integers(0, 3)), max_size=60
    )
)
def test_nothing_a_peer_sends_does_harm(packets: list[tuple[int, int, int]]) -> None:
    playout = PlayoutOfMuLaw()
    for timestamp, length, frames in packets:
        assert playout.put(timestamp, bytes(length)) in {TAKEN, LATE, REFUSED}
        assert playout.waiting() <= ROOM
        for _ in range(frames):
            assert len(playout.take()) in {0, 160}
