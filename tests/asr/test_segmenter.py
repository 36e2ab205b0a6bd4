"""What passes the segmenter is what the gate lets pass, cut where the recognizer hears more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asr.chunk_scheduler import AT_ONCE, ChunkSchedule
from asr.segmenter import Passage, Segmenter
from asr.voice_activity_gate import FRAME_SAMPLES, VoiceActivityGate

SPOKEN = ChunkSchedule(first=3200, period=1920)
TALK = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=12)
"""Voice or pause, each for so many frames."""


class LoudIsSpeech:
    def voiced(self, pcm: bytes) -> Sequence[bool]:
        frames = np.frombuffer(pcm, dtype=np.int16).reshape(-1, FRAME_SAMPLES)
        return [bool(loud) for loud in np.abs(frames).max(axis=1, initial=0) > 1000]


def sound_of(talk: list[tuple[bool, int]]) -> bytes:
    # Each sample differs from its neighbours, so that nothing can be exchanged unnoticed.
    loud = np.repeat([voice for voice, _ in talk], [frames * FRAME_SAMPLES for _, frames in talk]).astype(bool)
    return np.where(loud, 2000, 0).astype(np.int16).tobytes() if talk else b""


def numbered(talk: list[tuple[bool, int]]) -> bytes:
    sound = np.frombuffer(sound_of(talk), dtype=np.int16)
    return (sound + np.arange(len(sound)) % 999).astype(np.int16).tobytes()


def sift(sound: bytes, schedule: ChunkSchedule, chunk: int = 800, missing: frozenset[int] = frozenset()) -> list[Passage]:
    segmenter = Segmenter(LoudIsSpeech(), VoiceActivityGate(), schedule)
    cut = [sound[at : at + 2 * chunk] for at in range(0, len(sound), 2 * chunk)]
    pushed = [segmenter.push(piece, place * chunk) for place, piece in enumerate(cut) if place not in missing]
    return [passage for passages in [*pushed, segmenter.finish()] for passage in passages]


def utterances(passages: Sequence[Passage]) -> list[tuple[int | None, int, bytes]]:
    """(opened, begin, sound) of each."""
    found: list[tuple[int | None, int, bytes]] = []
    for place, passage in enumerate(passages):
        if place == 0 or passages[place - 1].ends:
            found.append((passage.opened_ms, passage.begin, passage.pcm))
        else:
            opened_ms, begin, pcm = found[-1]
            found[-1] = (opened_ms, begin, pcm + passage.pcm)
    return found


@given(TALK, st.sampled_from([160, 333, 800, 2400]), st.frozensets(st.integers(0, 20), max_size=3))
def test_the_schedule_cuts_the_sound_elsewhere_and_changes_nothing_of_it(
    talk: list[tuple[bool, int]], chunk: int, missing: frozenset[int]
) -> None:
    sound = numbered(talk)
    at_once, held = (sift(sound, schedule, chunk, missing) for schedule in (AT_ONCE, SPOKEN))
    assert utterances(held) == utterances(at_once)
    assert len(held) <= len(at_once)


@given(TALK, st.frozensets(st.integers(0, 20), max_size=3))
def test_passages_follow_each_other_and_every_utterance_begins_and_ends(
    talk: list[tuple[bool, int]], missing: frozenset[int]
) -> None:
    passages = sift(numbered(talk), SPOKEN, missing=missing)
    for before, after in pairwise(passages):
        assert (after.opened_ms is not None) == before.ends
        assert after.begin == before.end if not before.ends else after.begin >= before.end
    assert all(passage.opened_ms is not None for passage in passages[:1])
    assert all(passage.ends for passage in passages[-1:])


@given(TALK)
def test_sound_leaves_with_the_chunk_that_completes_a_block(talk: list[tuple[bool, int]]) -> None:
    segmenter, heard, held_back = Segmenter(LoudIsSpeech(), VoiceActivityGate(), SPOKEN), 0, 0
    plain = Segmenter(LoudIsSpeech(), VoiceActivityGate(), AT_ONCE)
    sound = numbered(talk)
    for at in range(0, len(sound), 1600):
        position = at // 2
        held_back += sum(len(passage.pcm) // 2 for passage in plain.push(sound[at : at + 1600], position))
        for passage in segmenter.push(sound[at : at + 1600], position):
            held_back -= len(passage.pcm) // 2
            heard = 0 if passage.ends else heard + len(passage.pcm) // 2
        assert heard + held_back < SPOKEN.next_after(heard)


def test_silence_wakes_nobody() -> None:
    assert sift(bytes(2 * 8000 * 10), SPOKEN) == []


def test_speech_comes_a_block_at_a_time() -> None:
    passages = sift(numbered([(True, 100)]), SPOKEN)
    assert len(passages) == 8  # seven blocks in two seconds, and the rest
    assert passages[0].end == 3200
