"""Two callers and what flows between them: bridge, stereo recording, taps, supervisors, browser-like RTP ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import (
    EngineError,
    PlaybackFinished,
    RecordingFailed,
    RecordingFinished,
    RtpAddress,
    RtpDirection,
    SipLegEnded,
)
from tests.peers import tones
from tests.peers.bridging import join, part
from tests.peers.phone import Phone
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import PATIENCE_S, until, until_told
from tests.telephony.sip.conftest import Node


@pytest.fixture
async def ann() -> AsyncIterator[Phone]:
    async with Phone.start() as phone:
        yield phone


@pytest.fixture
async def bob() -> AsyncIterator[Phone]:
    async with Phone.start("--codec", "PCMA") as phone:
        yield phone


async def test_two_callers_hear_each_other_until_they_are_parted(node: Node, ann: Phone, bob: Phone) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await bob.says_tone(700)
    await join(node.engine, a, b)
    assert await ann.hears_tone(700)
    assert await bob.hears_tone(440)
    await part(node.engine, a, b)
    await node.engine.levels([a])
    await until_silent(ann)
    await until_silent(bob)


async def until_silent(phone: Phone) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not tones.is_silent(await phone.listen(0.3)):
            pass


async def test_g722_and_g711_understand_each_other(node: Node, ann: Phone) -> None:
    async with Phone.start("--codec", "G722") as wide:
        a, b = await node.call_from(ann), await node.call_from(wide)
        assert (await node.engine.statistics(b)).codec == "G722"
        await wide.says_tone(1000)
        await ann.says_tone(600)
        await join(node.engine, a, b)
        assert await ann.hears_tone(1000)
        assert await wide.hears_tone(600)


async def test_a_supervisor_listens_without_being_heard(node: Node, ann: Phone, bob: Phone) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await bob.says_tone(700)
    await node.engine.listen(a, b)
    assert await bob.hears_tone(440)
    assert not tones.hears(await ann.listen(0.4), 700)
    await node.engine.rewire(part=((a, b),), join=())
    await until_silent(bob)


async def test_a_recording_has_the_caller_left_and_the_agent_right(node: Node, ann: Phone, bob: Phone, tmp_path: Path) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await bob.says_tone(700)
    await join(node.engine, a, b)
    path = tmp_path / "call.wav"
    loop = asyncio.get_running_loop()
    began = loop.time()
    await node.engine.start_recording("rec_1", path, left={a}, right={b})
    await asyncio.sleep(1.5)  # the length of the recording
    await node.engine.stop_recording("rec_1")
    lasted_ms = 1000 * (loop.time() - began)
    finished = await node.event(RecordingFinished)
    (left, right), rate_hz = tones.read_wav(path)
    assert rate_hz == 8000
    assert finished.size_bytes == path.stat().st_size
    assert finished.dropped_ms == 0
    assert finished.duration_ms == pytest.approx(lasted_ms, rel=0.3), "a wrong rate would be half or double"
    assert len(left) == pytest.approx(finished.duration_ms * 8, abs=8)
    assert tones.hears(left, 440)
    assert not tones.hears(left, 700)
    assert tones.hears(right, 700)
    assert not tones.hears(right, 440)
    assert finished.peak_left > 1000
    assert finished.peak_right > 1000


async def test_a_recording_goes_on_when_one_side_leaves_and_takes_another(
    node: Node, ann: Phone, bob: Phone, tmp_path: Path
) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    path = tmp_path / "call.wav"
    await node.engine.start_recording("rec_1", path, left={a}, right={b})
    await bob.hang_up()
    await node.event(SipLegEnded)
    again = await node.call_from(bob, call="2")
    await bob.says_tone(900, call="2")
    await node.engine.record_sides("rec_1", left={a}, right={again})
    await asyncio.sleep(1.0)  # the length of what is recorded of the second agent
    await node.engine.stop_recording("rec_1")
    await node.event(RecordingFinished)
    (_, right), _ = tones.read_wav(path)
    assert tones.hears(right[-6000:], 900)


async def test_a_full_disk_ends_the_recording_and_nothing_else(node: Node, ann: Phone, bob: Phone) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await join(node.engine, a, b)
    # Every write to this device fails as on a full disk, but for an empty header write.
    with pytest.raises(EngineError, match="No space left"):
        await node.engine.start_recording("rec_1", Path("/dev/full"), left={a}, right={b})
    assert await bob.hears_tone(440)


@pytest.mark.parametrize("ptime_ms", [20, 100])
async def test_a_tap_sends_one_side_in_packets_of_the_length_asked_for(node: Node, ann: Phone, bob: Phone, ptime_ms: int) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await bob.says_tone(700)
    await join(node.engine, a, b)
    async with RtpPeer(0) as recognizer:
        await node.engine.open_rtp_port(
            "tap_1",
            codec=Codec.PCMU,
            remote=recognizer.address,
            direction=RtpDirection.SEND_ONLY,
            ptime_ms=ptime_ms,
            ssrc=4711,
        )
        await node.engine.listen(a, "tap_1")
        await recognizer.received(1200 // ptime_ms)
        assert {len(packet) for packet in recognizer.packets} == {12 + 8 * ptime_ms}
        stamps = [int.from_bytes(packet[4:8], "big") for packet in recognizer.packets]
        assert {(later - earlier) % (1 << 32) for earlier, later in pairwise(stamps)} == {8 * ptime_ms}
        assert tones.hears(recognizer.audio(), 440)
        assert not tones.hears(recognizer.audio(), 700)
        header = recognizer.packets[0][:12]
        assert int.from_bytes(header[8:12], "big") == 4711
        await node.engine.close_rtp_port("tap_1")
        assert node.engine.health().rtp_ports == 0


async def test_an_rtp_port_is_a_party_like_a_phone(node: Node, ann: Phone, prompt: Path) -> None:
    a = await node.call_from(ann)
    async with RtpPeer(800) as browser:
        ours = await node.engine.open_rtp_port("leg_browser", codec=Codec.PCMU, remote=browser.address, event_payload_type=101)
        browser.send_to(ours)
        await ann.says_tone(620)
        await join(node.engine, a, "leg_browser")
        assert await ann.hears_tone(800)
        await until(lambda: tones.hears(browser.audio(), 620))
        await part(node.engine, a, "leg_browser")
        await node.engine.play("leg_browser", "play_1", [prompt], loop=True)
        await until(lambda: tones.hears(browser.audio(), 440) and not tones.hears(browser.audio(), 620))
        await node.engine.stop_playback("leg_browser")
        await node.event(PlaybackFinished)
        statistics = await node.engine.statistics("leg_browser")
        assert statistics.packets_received > 50
        assert statistics.packets_lost == 0


async def test_levels_show_who_speaks(node: Node, ann: Phone, bob: Phone) -> None:
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await join(node.engine, a, b)
    assert await bob.hears_tone(440)

    async def ann_speaks_and_bob_does_not() -> bool:
        """Levels are of one moment, which may be one of a late packet."""
        levels = await node.engine.levels([a, b, "leg_gone"])
        assert set(levels) == {a, b}
        return levels[a].heard > 60 and levels[b].heard < 50 and levels[b].sent > 60

    await until_told(ann_speaks_and_bob_does_not)


async def test_hold_and_resume_bring_the_sound_back_every_time(node: Node, ann: Phone, bob: Phone) -> None:
    """A renegotiated stream may get the slot it had, without its connections."""
    a, b = await node.call_from(ann), await node.call_from(bob)
    await ann.says_tone(440)
    await bob.says_tone(700)
    await join(node.engine, a, b)
    assert await ann.hears_tone(700)
    for _ in range(3):
        await ann.send("hold")
        await ann.news("sound", active=False)
        await ann.send("resume")
        await ann.news("sound", active=True)
        assert await ann.hears_tone(700)
        assert await bob.hears_tone(440)


async def test_what_does_not_exist_is_refused_by_name(node: Node, tmp_path: Path) -> None:
    engine = node.engine
    with pytest.raises(EngineError) as refused:
        await engine.listen("leg_a", "leg_b")
    assert refused.value.code == "no_such_port"
    with pytest.raises(EngineError) as refused:
        await engine.answer("leg_a")
    assert refused.value.code == "no_such_port"
    await engine.hang_up("leg_a")
    await engine.close_rtp_port("leg_a")
    await engine.open_rtp_port("p", codec=Codec.PCMU, remote=RtpAddress("127.0.0.1", 9))
    with pytest.raises(EngineError) as refused:
        await engine.open_rtp_port("p", codec=Codec.PCMU)
    assert refused.value.code == "port_exists"
    with pytest.raises(EngineError) as refused:
        await engine.play("p", "play_1", [tmp_path / "missing.wav"])
    assert refused.value.code == "bad_prompt"
    assert not node.seen(RecordingFailed)
