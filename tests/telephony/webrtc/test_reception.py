"""Loss and jitter as RFC 3550 counts them: the relay's native counters and the reports made of them."""

from __future__ import annotations

import struct

import patchbay_media as native
import pytest

from telephony.webrtc.reception import LossReports, ReportBlock
from telephony.webrtc.relay import heard_of
from telephony.webrtc.traffic import Heard

CLOCK_HZ = 8000


class Reception:
    """One stream's counters and reports."""

    def __init__(self) -> None:
        self._counters = native.Reception(0, CLOCK_HZ)
        self._reports = LossReports()

    def on_packet(self, packet: bytes, arrived_s: float) -> None:
        self._counters.on_packet(packet, arrived_s)

    @property
    def heard(self) -> Heard:
        return heard_of(self._counters.heard())

    @property
    def jitter_ms(self) -> float:
        return self.heard.jitter * 1000 / CLOCK_HZ

    def report(self) -> ReportBlock | None:
        return self._reports.block(self.heard, 0, 0)


def packet(sequence: int, *, timestamp: int | None = None, payload_type: int = 0, ssrc: int = 1) -> bytes:
    stamp = sequence * 160 if timestamp is None else timestamp
    return struct.pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc) + b"\xff" * 160


def heard(*sequences: int) -> Reception:
    reception = Reception()
    for sequence in sequences:
        reception.on_packet(packet(sequence), sequence * 0.02)
    return reception


def test_nothing_heard_is_nothing_to_report() -> None:
    assert heard().report() is None
    assert heard().heard.lost == 0


def test_an_unbroken_stream_has_no_loss_and_no_jitter() -> None:
    reception = heard(*range(100, 200))

    assert (reception.heard.packets, reception.heard.lost) == (100, 0)
    assert reception.jitter_ms == pytest.approx(0)


def test_gaps_are_lost_and_latecomers_are_found_again() -> None:
    assert heard(1, 2, 5, 6).heard.lost == 2
    assert heard(1, 2, 5, 6, 3, 4).heard.lost == 0


def test_a_duplicate_makes_loss_negative_as_the_rfc_allows() -> None:
    assert heard(1, 2, 2).heard.lost == -1


def test_sequence_numbers_wrap() -> None:
    reception = heard(*range(65530, 65546))
    report = reception.report()

    assert reception.heard.lost == 0
    assert report is not None
    assert report.highest_sequence == 65536 + 9


def test_a_sender_that_begins_anew_is_believed_at_the_second_packet() -> None:
    reception = heard(*range(10), 40000, 40001, 40002)

    assert reception.heard.lost == 0
    assert reception.heard.packets == 13


def test_one_stray_packet_changes_nothing() -> None:
    assert heard(*range(10), 40000, *range(10, 20)).heard.lost == 0


def test_another_ssrc_begins_afresh() -> None:
    reception = heard(*range(10))
    reception.on_packet(packet(500, ssrc=2), 1.0)
    report = reception.report()

    assert report is not None
    assert (report.ssrc, report.cumulative_lost) == (2, 0)


def test_the_fraction_counts_from_report_to_report() -> None:
    reception = heard(*range(100))
    reception.report()
    for sequence in range(100, 200, 2):
        reception.on_packet(packet(sequence), sequence * 0.02)
    report = reception.report()
    again = reception.report()

    assert report is not None
    assert again is not None
    assert report.fraction_lost == pytest.approx(128, abs=3)
    assert report.cumulative_lost == 49
    assert again.fraction_lost == 0


def test_jitter_settles_at_the_mean_deviation() -> None:
    reception = Reception()
    for sequence in range(2000):
        reception.on_packet(packet(sequence), sequence * 0.02 + (0.005 if sequence % 2 else 0.0))

    assert reception.jitter_ms == pytest.approx(5.0, abs=0.1)


def test_telephone_events_do_not_spoil_jitter() -> None:
    reception = heard(*range(50))
    for sequence in range(50, 60):
        reception.on_packet(packet(sequence, timestamp=50 * 160, payload_type=126), sequence * 0.02)

    assert reception.jitter_ms == pytest.approx(0)
    assert reception.heard.lost == 0
