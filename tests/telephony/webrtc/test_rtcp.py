"""RTCP: what browsers say is read, what we say can be read, round trips come out right, bad bytes change nothing."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.webrtc.reception import ReportBlock
from telephony.webrtc.rtcp import (
    Goodbye,
    Report,
    RtcpError,
    is_rtcp,
    middle_bits,
    ntp_time,
    parse,
    write_goodbye,
    write_report,
)
from telephony.webrtc.rtcp_session import RtcpSession
from telephony.webrtc.traffic import Heard, Sent, Traffic

NOW = 1_790_000_000.0
U32 = st.integers(0, 2**32 - 1)
BLOCKS = st.builds(
    ReportBlock,
    ssrc=U32,
    fraction_lost=st.integers(0, 255),
    cumulative_lost=st.integers(-(2**23), 2**23 - 1),
    highest_sequence=U32,
    jitter=U32,
    last_sr=U32,
    delay_since_last_sr=U32,
)
REPORTS = st.builds(
    Report,
    ssrc=U32,
    ntp=st.integers(0, 2**64 - 1),
    rtp_timestamp=U32,
    packets=U32,
    octets=U32,
    blocks=st.lists(BLOCKS, max_size=31).map(tuple),
)


def rtp(sequence: int, ssrc: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, sequence, sequence * 160, ssrc) + b"\xff" * 160


def session() -> RtcpSession:
    return RtcpSession(clock_hz=8000, cname="leg_1", fallback_ssrc=99)


def first_packet_heard(ssrc: int) -> Traffic:
    return Traffic(heard=Heard(packets=1, ssrc=ssrc, expected=1, received=1, highest_sequence=1))


def first_packet_sent(ssrc: int) -> Traffic:
    return Traffic(sent=Sent(packets=1, octets=160, ssrc=ssrc, timestamp=160, at_s=NOW))


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(REPORTS, st.text(max_size=80))
def test_reports_can_be_read_back(report: Report, cname: str) -> None:
    data = write_report(report, cname)

    assert parse(data) == [report]
    assert len(data) % 4 == 0
    assert is_rtcp(data)


def test_a_compound_of_a_receiver_report_and_a_goodbye() -> None:
    data = write_report(Report(ssrc=5), "x") + write_goodbye(5)

    assert parse(data) == [Report(ssrc=5), Goodbye((5,))]


def test_rtp_is_no_rtcp() -> None:
    assert not is_rtcp(rtp(1, 1))
    assert not is_rtcp(bytes([0x80, 126 | 0x80]) + bytes(10))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(RtcpError):
        parse(data)


@given(REPORTS, st.data())
def test_a_report_cut_anywhere_is_refused(report: Report, data: st.DataObject) -> None:
    whole = write_report(report, "leg")
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with suppress(RtcpError):
        assert parse(cut) == [report]


# ── a session ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_before_anything_was_sent_a_receiver_report_is_ours() -> None:
    ours = session()
    ours.traffic = first_packet_heard(7)
    (report,) = parse(ours.report(NOW))

    assert isinstance(report, Report)
    assert (report.ssrc, report.ntp) == (99, None)
    assert report.blocks[0].ssrc == 7


def test_a_sender_report_names_the_stream_and_its_time() -> None:
    ours = session()
    ours.traffic = Traffic(sent=Sent(packets=10, octets=1600, ssrc=0x1234, timestamp=9 * 160, at_s=NOW + 0.18))
    (report,) = parse(ours.report(NOW + 0.18 + 1.0))

    assert isinstance(report, Report)
    assert (report.ssrc, report.packets, report.octets) == (0x1234, 10, 1600)
    assert report.ntp == ntp_time(NOW + 1.18)
    assert report.rtp_timestamp == pytest.approx(9 * 160 + 8000, abs=1)
    assert report.blocks == ()


def test_the_round_trip_is_what_remains_of_the_time() -> None:
    ours = session()
    ours.traffic = first_packet_sent(0x1234)
    (sent,) = parse(ours.report(NOW))
    assert isinstance(sent, Report)
    assert sent.ntp is not None
    # The browser answers half a second later; the packet travelled 40 ms in all.
    block = ReportBlock(
        ssrc=0x1234,
        fraction_lost=0,
        cumulative_lost=3,
        highest_sequence=1,
        jitter=16,
        last_sr=middle_bits(sent.ntp),
        delay_since_last_sr=32768,
    )
    ours.on_rtcp(write_report(Report(ssrc=7, blocks=(block,)), "browser"), NOW + 0.54)
    quality = ours.quality()

    assert quality.round_trip_ms == pytest.approx(40, abs=0.1)
    assert (quality.packets_lost_remote, quality.jitter_remote_ms) == (3, 2.0)


def test_the_browser_can_compute_its_round_trip_from_our_block() -> None:
    ours = session()
    ours.traffic = first_packet_heard(7)
    theirs = Report(ssrc=7, ntp=ntp_time(NOW), blocks=())
    ours.on_rtcp(write_report(theirs, "browser"), NOW)
    (report,) = parse(ours.report(NOW + 0.25))

    assert isinstance(report, Report)
    assert report.blocks[0].last_sr == middle_bits(ntp_time(NOW))
    assert report.blocks[0].delay_since_last_sr == pytest.approx(16384, abs=2)


def test_a_block_about_somebody_else_and_a_clock_that_jumped_are_no_round_trip() -> None:
    ours = session()
    ours.traffic = first_packet_sent(0x1234)
    for ssrc, last_sr in ((0x9999, middle_bits(ntp_time(NOW))), (0x1234, middle_bits(ntp_time(NOW + 3600)))):
        block = ReportBlock(
            ssrc=ssrc, fraction_lost=0, cumulative_lost=0, highest_sequence=1, jitter=0, last_sr=last_sr, delay_since_last_sr=0
        )
        ours.on_rtcp(write_report(Report(ssrc=7, blocks=(block,)), "browser"), NOW + 1)

    assert ours.quality().round_trip_ms is None


def test_a_broken_report_changes_nothing() -> None:
    ours = session()
    before = ours.quality()
    with pytest.raises(RtcpError):
        ours.on_rtcp(b"\x81\xc8\x00\x30broken", NOW)

    assert ours.quality() == before
