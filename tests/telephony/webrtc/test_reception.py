"""Loss and jitter as RFC 3550 counts them."""

from __future__ import annotations

import struct

import pytest

from telephony.webrtc.reception import Reception


def packet(sequence: int, *, timestamp: int | None = None, payload_type: int = 0, ssrc: int = 1) -> bytes:
    stamp = sequence * 160 if timestamp is None else timestamp
    return struct.pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc) + b"\xff" * 160


def heard(*sequences: int) -> Reception:
    reception = Reception(0, 8000)
    for sequence in sequences:
        reception.on_packet(packet(sequence), sequence * 0.02)
    return reception


def test_nothing_heard_is_nothing_to_report() -> None:
    assert heard().report(0, 0) is None
    assert heard().lost == 0


def test_an_unbroken_stream_has_no_loss_and_no_jitter() -> None:
    reception = heard(*range(100, 200))

    assert (reception.packets, reception.lost) == (100, 0)
    assert reception.jitter_ms == pytest.approx(0)


def test_gaps_are_lost_and_latecomers_are_found_again() -> None:
    assert heard(1, 2, 5, 6).lost == 2
    assert heard(1, 2, 5, 6, 3, 4).lost == 0


def test_a_duplicate_makes_loss_negative_as_the_rfc_allows() -> None:
    assert heard(1, 2, 2).lost == -1


def test_sequence_numbers_wrap() -> None:
    reception = heard(*range(65530, 65546))
    report = reception.report(0, 0)

    assert reception.lost == 0
    assert report is not None
    assert report.highest_sequence == 65536 + 9


def test_a_sender_that_begins_anew_is_believed_at_the_second_packet() -> None:
    reception = heard(*range(10), 40000, 40001, 40002)

    assert reception.lost == 0
    assert reception.packets == 13


def test_one_stray_packet_changes_nothing() -> None:
    assert heard(*range(10), 40000, *range(10, 20)).lost == 0


def test_another_ssrc_begins_afresh() -> None:
    reception = heard(*range(10))
    reception.on_packet(packet(500, ssrc=2), 1.0)
    report = reception.report(0, 0)

    assert report is not None
    assert (report.ssrc, report.cumulative_lost) == (2, 0)


def test_the_fraction_counts_from_report_to_report() -> None:
    reception = heard(*range(100))
    reception.report(0, 0)
    for sequence in range(100, 200, 2):
        reception.on_packet(packet(sequence), sequence * 0.02)
    report = reception.report(0, 0)
    again = reception.report(0, 0)

    assert report is not None
    assert again is not None
    assert report.fraction_lost == pytest.approx(128, abs=3)
    assert report.cumulative_lost == 49
    assert again.fraction_lost == 0


def test_jitter_settles_at_the_mean_deviation() -> None:
    reception = Reception(0, 8000)
    for sequence in range(2000):
        reception.on_packet(packet(sequence), sequence * 0.02 + (0.005 if sequence % 2 else 0.0))

    assert reception.jitter_ms == pytest.approx(5.0, abs=0.1)


def test_telephone_events_do_not_spoil_jitter() -> None:
    reception = heard(*range(50))
    for sequence in range(50, 60):
        reception.on_packet(packet(sequence, timestamp=50 * 160, payload_type=126), sequence * 0.02)

    assert reception.jitter_ms == pytest.approx(0)
    assert reception.lost == 0
