"""The conference bridge: who hears what, sample by sample where it can be said, at every rate and frame length."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import EngineError, PlaybackFinished, RecordingFinished, RtpAddress, RtpDirection
from telephony.sip.engine import SipMediaEngine
from tests.peers import tones
from tests.peers.bridging import join
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until, until_told
from tests.telephony.sip.conftest import Node, running_node

NOBODY = RtpAddress("127.0.0.1", 9)
FRAME = 160
ENOUGH = 20
"""Packets in which what somebody hears shows."""


class Party:
    """A phone that says its tone, behind a port of the engine that has its name."""

    def __init__(self, name: str, peer: RtpPeer, hz: float) -> None:
        self.name = name
        self.peer = peer
        self._said = tones.ulaw_decode(tones.ulaw_encode(tones.tone(hz, 1.0)) * 2).tobytes()

    def says(self, sound: tones.Samples) -> bool:
        """Also when it was cut into frames elsewhere: pjmedia's loss concealment delays what it decodes by 5 ms."""
        return sound.tobytes() in self._said

    def hears(self, *hz: float) -> bool:
        return all(tones.hears(self.peer.audio(), one) for one in hz)

    def hears_exactly(self, other: Party, packets: int = 20) -> bool:
        """The last packets are what the other says, every sample of it as it was."""
        return len(self.peer.packets) >= packets and other.says(self.peer.audio(packets))

    def hears_silence(self, packets: int = ENOUGH) -> bool:
        return len(self.peer.packets) >= packets and not self.peer.audio(packets).any()


class Room:
    def __init__(self, node: Node, stack: AsyncExitStack) -> None:
        self.node = node
        self._stack = stack

    async def enters(self, name: str, hz: float) -> Party:
        peer = await self._stack.enter_async_context(RtpPeer(hz))
        peer.send_to(await self.node.engine.open_rtp_port(name, codec=Codec.PCMU, remote=peer.address))
        return Party(name, peer, hz)


@pytest.fixture
async def room(node: Node) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        yield Room(node, stack)


async def test_who_hears_one_other_hears_every_sample_as_it_was_said(room: Room) -> None:
    ann, ben = await room.enters("ann", 700), await room.enters("ben", 1100)
    await join(room.node.engine, "ann", "ben")
    await until(lambda: ben.hears_exactly(ann) and ann.hears_exactly(ben))


async def test_one_speaker_may_have_many_listeners(room: Room) -> None:
    ann = await room.enters("ann", 700)
    listeners = [await room.enters(f"listener{n}", 1100) for n in range(5)]
    for listener in listeners:
        await room.node.engine.listen("ann", listener.name)
    await until(lambda: all(listener.hears_exactly(ann) for listener in listeners))


async def test_who_hears_himself_hears_himself(room: Room) -> None:
    ann = await room.enters("ann", 700)
    await room.node.engine.listen("ann", "ann")
    await until(lambda: ann.hears_exactly(ann))


async def test_several_are_heard_together_each_as_loud_as_alone(room: Room) -> None:
    ann, ben, cat = await room.enters("ann", 700), await room.enters("ben", 1100), await room.enters("cat", 0)
    await room.node.engine.listen("ann", "cat")
    await room.node.engine.listen("ben", "cat")
    alone = pytest.approx(tones.level_dbfs(tones.tone(700, 1), 700), abs=0.3)
    await until(lambda: [tones.level_dbfs(cat.peer.audio(), hz) for hz in (700, 1100)] == [alone, alone])
    await until(lambda: min(len(speaker.peer.packets) for speaker in (ann, ben)) >= ENOUGH)
    assert ann.hears_silence()
    assert ben.hears_silence()


async def test_connections_come_and_go_while_sound_flows(room: Room) -> None:
    ann, ben, cat = await room.enters("ann", 700), await room.enters("ben", 1100), await room.enters("cat", 0)
    engine = room.node.engine
    for _ in range(3):
        await engine.listen("ann", "cat")
        await until(lambda: cat.hears_exactly(ann))
        await engine.listen("ben", "cat")
        await until(lambda: cat.hears(700, 1100))
        await engine.rewire(part=(("ann", "cat"),), join=())
        await until(lambda: cat.hears_exactly(ben))
        await engine.rewire(part=(("ben", "cat"),), join=())
        await until(cat.hears_silence)


async def test_a_party_that_leaves_is_not_heard_any_more(room: Room) -> None:
    await room.enters("ann", 700)
    ben, cat = await room.enters("ben", 1100), await room.enters("cat", 0)
    await room.node.engine.listen("ann", "cat")
    await room.node.engine.listen("ben", "cat")
    await until(lambda: cat.hears(700, 1100))
    await room.node.engine.close_rtp_port("ann")
    await until(lambda: cat.hears_exactly(ben))
    await room.node.engine.close_rtp_port("ben")
    await until(cat.hears_silence)
    dan = await room.enters("dan", 1500)  # gets the slot of one who left, and none of his connections
    await until(dan.hears_silence)
    assert cat.hears_silence()


async def test_people_who_shout_together_are_quieter_and_not_distorted(room: Room, tmp_path: Path) -> None:
    """Their sum would need twice the room that 16 bits have. Clipped, it would sound at 900 and 1500 Hz too."""
    cat = await room.enters("cat", 0)
    for hz in (700, 1150, 1900):
        await room.enters(f"at {hz}", hz)
        await room.node.engine.listen(f"at {hz}", "cat")
    shout = tones.write_wav(tmp_path / "shout.wav", tones.tone(500, 2.0, level=0.95))
    await room.node.engine.play("cat", "p", [shout], loop=True)
    await until(lambda: cat.hears(500, 700, 1150, 1900))

    def quieter_and_clean() -> bool:
        heard = cat.peer.audio(30)
        levels = [tones.level_dbfs(heard, hz) for hz in (700, 1150, 1900)]
        return max(levels) - min(levels) < 0.5 and max(levels) < -12 and not any(tones.hears(heard, hz) for hz in (900, 1500))

    await until(quieter_and_clean)
    await room.node.engine.stop_playback("cat")
    as_loud_as_alone = pytest.approx(tones.level_dbfs(tones.tone(700, 1), 700), abs=0.3)
    await until(lambda: tones.level_dbfs(cat.peer.audio(30), 700) == as_loud_as_alone)


async def test_levels_are_those_of_the_last_frame(room: Room) -> None:
    """The complement of the mean magnitude's µ-law, both where it is heard and where it is sent."""
    await room.enters("ann", 700)
    await room.enters("ben", 0)
    await room.node.engine.listen("ann", "ben")
    mean = float(abs(tones.tone(700, 1.0)).mean())
    expected = tones.ulaw_encode([mean])[0] ^ 0xFF

    async def measured() -> bool:
        levels = await room.node.engine.levels(["ann", "ben"])
        a, b = levels["ann"], levels["ben"]
        return abs(a.heard - expected) <= 1 and b.sent == a.heard and (a.sent, b.heard) == (0, 0)

    await until_told(measured)
    await room.node.engine.rewire(part=(("ann", "ben"),), join=())

    async def silent() -> bool:
        return all((level.heard, level.sent) == (0, 0) for level in (await room.node.engine.levels(["ann", "ben"])).values())

    await until_told(silent)


def header(packet: bytes) -> tuple[int, int, int]:
    """Marker, sequence number, timestamp."""
    _, payload_type, sequence, timestamp, _ = struct.unpack("!BBHII", packet[:12])
    return payload_type >> 7, sequence, timestamp


def is_steady(packets: list[bytes], step: int) -> bool:
    """No number left out, none of the time left out, and the only talk spurt began with the first."""
    headers = [header(packet) for packet in packets]
    _, sequence, timestamp = headers[0]
    return headers == [(int(n == 0), sequence + n & 0xFFFF, timestamp + n * step & 0xFFFFFFFF) for n, _ in enumerate(headers)]


@pytest.mark.parametrize(
    ("codec", "ptime_ms", "step"),
    [(Codec.PCMU, 20, 160), (Codec.PCMA, 20, 160), (Codec.PCMU, 30, 240), (Codec.PCMU, 10, 80), (Codec.G722, 20, 160)],
)
async def test_a_leg_that_hears_nobody_gets_steady_silence(node: Node, codec: Codec, ptime_ms: int, step: int) -> None:
    """As many packets as one that hears somebody."""
    async with RtpPeer(0) as quiet, RtpPeer(0) as busy, RtpPeer(600) as speaker:
        for name, peer in (("quiet", quiet), ("busy", busy)):
            await node.engine.open_rtp_port(name, codec=codec, ptime_ms=ptime_ms, remote=peer.address)
        speaker.send_to(await node.engine.open_rtp_port("speaker", codec=Codec.PCMU, remote=speaker.address))
        await node.engine.listen("speaker", "busy")
        await busy.received(100)
        assert is_steady(quiet.packets, step)
        assert abs(len(quiet.packets) - len(busy.packets)) <= 6
        if codec is not Codec.G722:  # whose silence is a noise of a few bits
            assert len({packet[12:] for packet in quiet.packets}) == 1


def is_of(playback_id: str, event: PlaybackFinished) -> bool:
    return event.playback_id == playback_id


async def test_prompts_come_and_go_in_one_steady_stream(room: Room, tmp_path: Path) -> None:
    cat = await room.enters("cat", 0)
    prompt = tones.write_wav(tmp_path / "prompt.wav", tones.tone(440, 0.3))
    for turn in range(3):
        await room.node.engine.play("cat", f"p{turn}", [prompt], loop=turn == 1)
        await until(lambda: cat.hears(440))
        if turn == 1:
            await room.node.engine.stop_playback("cat")
        await room.node.event(PlaybackFinished, where=partial(is_of, f"p{turn}"))
        await until(cat.hears_silence)
    assert is_steady(cat.peer.packets, FRAME)


@pytest.mark.parametrize("clock_rate_hz", [8000, 16000])
@pytest.mark.parametrize(
    ("codec", "ptime_ms"),
    [(Codec.PCMU, 10), (Codec.PCMU, 30), (Codec.PCMU, 40), (Codec.G722, 20), (Codec.G722, 30), (Codec.OPUS, 20)],
)
async def test_every_rate_and_frame_length_carries_sound(clock_rate_hz: int, codec: Codec, ptime_ms: int) -> None:
    """From phone to phone through two ports that talk to each other over the wire; Opus ports are stereo ports at 48 kHz."""
    async with running_node(clock_rate_hz=clock_rate_hz) as node, RtpPeer(600) as speaker, RtpPeer(0) as hearer:
        engine = node.engine
        here = await engine.open_rtp_port("here", codec=codec, ptime_ms=ptime_ms)
        await engine.open_rtp_port("there", codec=codec, ptime_ms=ptime_ms, remote=here)
        speaker.send_to(await engine.open_rtp_port("in", codec=Codec.PCMU, remote=speaker.address))
        await engine.open_rtp_port("out", codec=Codec.PCMU, remote=hearer.address, direction=RtpDirection.SEND_ONLY)
        await engine.listen("in", "there")
        await engine.listen("here", "out")
        as_said = pytest.approx(tones.level_dbfs(tones.tone(600, 1), 600), abs=1.5)
        await until(lambda: tones.level_dbfs(hearer.audio(40), 600) == as_said)
        assert is_steady(hearer.packets, FRAME)


async def test_a_recording_at_another_rate_than_the_bridges_is_aligned(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    async with running_node(clock_rate_hz=16000) as node, AsyncExitStack() as stack:
        room = Room(node, stack)
        await room.enters("ann", 700)
        await room.enters("ben", 1100)
        await node.engine.start_recording("rec_1", path, left={"ann"}, right={"ben"})
        await join(node.engine, "ann", "ben")

        async def recorded() -> bool:
            return path.stat().st_size > 44 + 2 * 2 * 8000

        await until_told(recorded)
        await node.engine.stop_recording("rec_1")
        await node.event(RecordingFinished)
    (left, right), rate_hz = tones.read_wav(path)
    assert (rate_hz, len(left)) == (8000, len(right))
    assert [tones.strongest_hz(side[-4000:]) for side in (left, right)] == pytest.approx([700, 1100], abs=4)


async def open_ports(engine: SipMediaEngine, count: int) -> None:
    for number in range(count):
        await engine.open_rtp_port(f"port{number}", codec=Codec.PCMU, remote=NOBODY)


async def test_a_bridge_that_is_full_says_so_and_takes_the_next_when_one_has_left(tmp_path: Path) -> None:
    """An idle port is one slot; a player has a slot only while it plays."""
    prompt = tones.write_wav(tmp_path / "prompt.wav", tones.tone(440, 0.1))
    async with running_node(max_legs=1) as node:
        engine = node.engine
        with pytest.raises(EngineError, match="Too many") as full:
            await open_ports(engine, 1000)
        assert full.value.code == "no_media"
        opened = node.engine.health().rtp_ports
        assert opened == (1 + 32) * 6 - 1  # the clock has one
        with pytest.raises(EngineError):
            await engine.play("port0", "p", [prompt])
        await engine.close_rtp_port("port7")

        async def room_for(playback_id: str) -> bool:
            """The slot of one who left is free after the bridge's next tick; that of a player after its playback."""
            try:
                await engine.play("port0" if playback_id == "first" else "port1", playback_id, [prompt])
            except EngineError:
                return False
            return True

        await until_told(lambda: room_for("first"))
        await until(lambda: len(node.seen(PlaybackFinished)) == 1)
        await until_told(lambda: room_for("second"))
        await until(lambda: len(node.seen(PlaybackFinished)) == 2)
        assert node.engine.health().rtp_ports == opened - 1


async def test_ports_come_and_go_beside_a_conversation(room: Room) -> None:
    """Whatever happens at other slots, a call's sound stays whole."""
    ann, ben = await room.enters("ann", 700), await room.enters("ben", 1100)
    engine = room.node.engine
    await join(engine, "ann", "ben")
    await until(lambda: ben.hears_exactly(ann))
    for turn in range(60):
        name = f"guest{turn % 3}"
        await engine.close_rtp_port(name)
        await engine.open_rtp_port(name, codec=(Codec.PCMU, Codec.G722)[turn % 2], remote=NOBODY)
        await engine.listen("ann", name)
        await engine.listen("ben", name)
        await join(engine, name, name)
    await until(lambda: ben.hears_exactly(ann) and ann.hears_exactly(ben))
    assert is_steady(ben.peer.packets, FRAME)
