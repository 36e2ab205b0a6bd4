"""The prompt player: both sample rates, lists, loops, replacement, bad files. Heard as RTP."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import EngineError, PlaybackFinished, PlaybackOutcome
from tests.peers import tones
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node


@pytest.fixture
async def listener(node: Node) -> AsyncIterator[RtpPeer]:
    async with RtpPeer(0) as peer:
        await node.engine.open_rtp_port("leg", codec=Codec.PCMU, remote=peer.address)
        yield peer


def recording(folder: Path, hz: float, seconds: float, rate_hz: int = 8000) -> Path:
    return tones.write_wav(folder / f"{hz:.0f}-{seconds}-{rate_hz}.wav", tones.tone(hz, seconds, rate_hz), rate_hz)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
async def test_files_of_both_rates_keep_their_pitch_and_length(
    node: Node, listener: RtpPeer, tmp_path: Path, rate_hz: int
) -> None:
    await node.engine.play("leg", "p", [recording(tmp_path, 600, 0.8, rate_hz)])
    as_recorded = pytest.approx(tones.level_dbfs(tones.tone(600, 1), 600), abs=0.5)
    await until(lambda: tones.level_dbfs(listener.audio(15), 600) == as_recorded)
    finished = await node.event(PlaybackFinished)
    assert finished.played_ms == 800


async def test_sixteen_kilohertz_files_do_not_alias(node: Node, listener: RtpPeer, tmp_path: Path) -> None:
    """6 kHz has no place at 8 kHz: it must vanish, not come back as 2 kHz."""
    await node.engine.play("leg", "p", [recording(tmp_path, 6000, 0.6, 16000)])
    await node.event(PlaybackFinished)
    assert tones.level_dbfs(listener.audio(30), 2000) < -60


async def test_a_list_plays_in_order_without_gaps(node: Node, listener: RtpPeer, tmp_path: Path) -> None:
    await node.engine.play("leg", "p", [recording(tmp_path, hz, 0.33) for hz in (500, 900, 1300)])
    finished = await node.event(PlaybackFinished)
    assert (finished.outcome, finished.played_ms) == (PlaybackOutcome.COMPLETED, 990)
    heard = listener.audio(120)
    parts = [hz for hz in (500, 900, 1300) if tones.hears(heard, hz)]
    assert parts == [500, 900, 1300]


async def test_a_new_playback_replaces_the_old(node: Node, listener: RtpPeer, tmp_path: Path) -> None:
    await node.engine.play("leg", "old", [recording(tmp_path, 500, 5)], loop=True)
    await until(lambda: tones.hears(listener.audio(20), 500))
    await node.engine.play("leg", "new", [recording(tmp_path, 900, 0.5)])
    stopped = await node.event(PlaybackFinished, where=lambda event: event.playback_id == "old")
    assert stopped.outcome is PlaybackOutcome.STOPPED
    await node.event(PlaybackFinished, where=lambda event: event.playback_id == "new")
    assert not tones.hears(listener.audio(15), 500)
    assert len(node.seen(PlaybackFinished)) == 2


async def test_stopping_is_reported_once_and_may_be_repeated(node: Node, listener: RtpPeer, tmp_path: Path) -> None:
    await node.engine.play("leg", "p", [recording(tmp_path, 500, 5)])
    await node.engine.stop_playback("leg")
    await node.engine.stop_playback("leg")
    await node.event(PlaybackFinished)
    await node.engine.close_rtp_port("leg")
    assert [event.outcome for event in node.seen(PlaybackFinished)] == [PlaybackOutcome.STOPPED]


async def test_closing_the_port_ends_its_playback(node: Node, listener: RtpPeer, tmp_path: Path) -> None:
    await node.engine.play("leg", "p", [recording(tmp_path, 500, 5)])
    await node.engine.close_rtp_port("leg")
    assert (await node.event(PlaybackFinished)).outcome is PlaybackOutcome.STOPPED


async def test_a_file_changed_on_disk_is_read_again(node: Node, listener: RtpPeer, tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    tones.write_wav(path, tones.tone(500, 0.3))
    await node.engine.play("leg", "one", [path])
    await node.event(PlaybackFinished)
    tones.write_wav(path, tones.tone(900, 0.4))
    await node.engine.play("leg", "two", [path], loop=True)
    await until(lambda: tones.hears(listener.audio(20), 900))


def wav(fmt: bytes, data: bytes = b"\0" * 320) -> bytes:
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


BAD_FILES = {
    "not a WAV file": b"hello, this is text",
    "not 16-bit PCM, one channel": wav(struct.pack("<HHIIHH", 1, 2, 8000, 32000, 4, 16)),
    "neither 8 nor 16 kHz": wav(struct.pack("<HHIIHH", 1, 1, 44100, 88200, 2, 16)),
    "has no data": b"RIFF\x04\0\0\0WAVE",
    "its data comes before its format": b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("complaint", BAD_FILES)
async def test_a_bad_file_is_refused_by_name_and_reason(node: Node, listener: RtpPeer, tmp_path: Path, complaint: str) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(BAD_FILES[complaint])
    await node.engine.play("leg", "good", [recording(tmp_path, 500, 5)], loop=True)
    with pytest.raises(EngineError, match=f"bad.wav: {complaint}") as refused:
        await node.engine.play("leg", "bad", [path])
    assert refused.value.code == "bad_prompt"
    await until(lambda: tones.hears(listener.audio(20), 500))


@pytest.mark.parametrize("length", [12, 20, 30, 36, 43, 44, 45, 100])
async def test_a_cut_file_plays_as_far_as_it_goes_or_is_refused(
    node: Node, listener: RtpPeer, tmp_path: Path, length: int
) -> None:
    whole = recording(tmp_path, 500, 0.1).read_bytes()
    path = tmp_path / "cut.wav"
    path.write_bytes(whole[:length])
    if length < 44:
        with pytest.raises(EngineError):
            await node.engine.play("leg", "p", [path])
    else:
        await node.engine.play("leg", "p", [path], loop=length == 44)
        assert (await node.event(PlaybackFinished)).outcome is PlaybackOutcome.COMPLETED
