"""One socket, many streams: each gets its own packets and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from asr.chunker import Chunk
from asr.rtp_receiver import RtpReceiver
from tests.asr.taps import Tap, packets
from tests.peers.waiting import until

SOUND = np.zeros(1600, dtype=np.int16)


class HandClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Ear:
    """A receiver and the taps that send to it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.receiver = RtpReceiver(self.clock, 800)
        self.port = self.receiver.open("127.0.0.1", 0)
        self.taps: list[Tap] = []

    def tap(self, ssrc: int) -> Tap:
        self.taps.append(Tap("127.0.0.1", self.port, ssrc))
        return self.taps[-1]


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    it = Ear()
    yield it
    it.receiver.close()
    for tap in it.taps:
        tap.close()


async def test_streams_are_told_apart_by_the_number_they_were_given(ear: Ear) -> None:
    heard: dict[int, list[Chunk]] = {1: [], 2: []}
    for ssrc, chunks in heard.items():
        ear.receiver.add(ssrc, chunks.append)
    for ssrc in heard:
        ear.tap(ssrc).send_all(SOUND)
    await until(lambda: all(len(chunks) == 2 for chunks in heard.values()))
    ear.tap(3).send(packets(SOUND, 3)[0])
    await until(lambda: ear.receiver.counts.unknown_stream == 1)


async def test_sound_that_comes_late_stands_at_its_time(ear: Ear) -> None:
    chunks: list[Chunk] = []
    ear.receiver.add(1, chunks.append)
    ear.clock.now += 2.5
    ear.tap(1).send_all(SOUND)
    await until(lambda: len(chunks) == 2)
    assert [chunk.position for chunk in chunks] == [20_000, 20_800]


async def test_a_stranger_with_the_right_number_is_not_heard_while_the_owner_speaks(ear: Ear) -> None:
    stream = ear.receiver.add(1, lambda _: None)
    sound = packets(SOUND, 1)
    ear.tap(1).send(sound[0])
    await until(lambda: stream.counts.received == 1)
    ear.tap(1).send(sound[1])
    await until(lambda: ear.receiver.counts.wrong_source == 1)


async def test_a_tap_that_is_made_anew_takes_the_stream_over(ear: Ear) -> None:
    stream = ear.receiver.add(1, lambda _: None)
    sound = packets(SOUND, 1)
    ear.tap(1).send(sound[0])
    await until(lambda: stream.counts.received == 1)
    ear.clock.now += 1.5
    ear.tap(1).send(sound[1])
    await until(lambda: stream.counts.received == 2)


async def test_what_is_held_is_handed_on_when_the_stream_ends(ear: Ear) -> None:
    chunks: list[Chunk] = []
    stream = ear.receiver.add(1, chunks.append)
    ear.tap(1).send_all(SOUND[:480])
    await until(lambda: stream.counts.received == 3)
    ear.receiver.remove(1)
    assert [len(chunk.ulaw) for chunk in chunks] == [480]
    ear.receiver.remove(1)


async def test_packets_are_heard_whether_they_come_close_together_or_far_apart(ear: Ear) -> None:
    heard: list[Chunk] = []
    ear.receiver.add(1, heard.append)
    tap = ear.tap(1)
    sent = packets(np.zeros(8000, dtype=np.int16), 1)

    async def chunks_heard(count: int) -> None:
        await until(lambda: len(heard) == count)

    for place, packet in enumerate(sent):
        tap.send(packet)
        await asyncio.sleep(0.0)
        if place % 10 == 9:  # the socket was looked at by the clock, and wakes the loop again
            await chunks_heard((place + 1) // 5)
        if place == 29:  # the speaker pauses, for longer than the clock goes on looking
            await asyncio.sleep(0.1)
    assert [chunk.position for chunk in heard] == list(range(0, 8000, 800))
