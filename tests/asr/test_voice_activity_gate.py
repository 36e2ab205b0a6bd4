"""Speech passes whole, silence does not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asr.voice_activity_gate import Passed, VoiceActivityGate, VoiceActivityGateSettings

SETTINGS = VoiceActivityGateSettings(open_after=3, open_window=5, hang_over_ms=100, pre_roll_ms=60, tail_ms=40)


def frames(voiced: list[bool]) -> list[tuple[bytes, bool]]:
    return [(bytes([n % 256]) * 4, voice) for n, voice in enumerate(voiced)]


def run(voiced: list[bool]) -> list[Passed]:
    gate = VoiceActivityGate(SETTINGS)
    return [gate.push(frame, voice) for frame, voice in frames(voiced)]


def passed_numbers(voiced: list[bool]) -> list[int]:
    return [byte for passed in run(voiced) for byte in passed.pcm[::4]]


def test_silence_and_clicks_do_not_pass() -> None:
    assert passed_numbers([False] * 20 + [True] + [False] * 10 + [True, True] + [False] * 10) == []


def test_words_pass_with_what_came_before_and_after_them() -> None:
    voiced = [False] * 20 + [True] * 10 + [False] * 20
    assert passed_numbers(voiced) == list(range(15, 32))


def test_a_pause_inside_a_sentence_does_not_end_it() -> None:
    results = run([False] * 10 + [True] * 10 + [False] * 4 + [True] * 10 + [False] * 10)
    assert sum(result.opened for result in results) == sum(result.closed for result in results) == 1


def test_a_pause_passes_whole_when_the_voice_comes_back() -> None:
    voiced = [True] * 10 + [False] * 4 + [True] * 3
    assert passed_numbers(voiced) == list(range(17))
    assert [len(result.pcm) // 4 for result in run(voiced)[9:15]] == [1, 1, 1, 0, 0, 3]


def test_what_a_pause_held_back_comes_before_the_next_words() -> None:
    voiced = [True] * 10 + [False] * 5 + [True] * 5
    assert passed_numbers(voiced) == list(range(20))
    assert [place for place, result in enumerate(run(voiced)) if result.closed] == [14]


def test_an_interruption_closes_and_says_whether_something_was_open() -> None:
    gate = VoiceActivityGate(SETTINGS)
    assert not gate.close()
    for frame, voice in frames([True] * 5):
        gate.push(frame, voice)
    assert gate.is_open
    assert gate.close()
    assert not gate.close()


@given(st.lists(st.booleans(), max_size=255))
def test_frames_pass_in_order_and_once_and_openings_and_closings_alternate(voiced: list[bool]) -> None:
    numbers = passed_numbers(voiced)
    assert numbers == sorted(set(numbers))
    turns = [turn for result in run(voiced) for turn in [*("o" * result.opened), *("c" * result.closed)]]
    assert all(turn == "oc"[place % 2] for place, turn in enumerate(turns))


@given(st.lists(st.booleans(), min_size=30, max_size=200))
def test_every_run_of_three_voiced_frames_passes(voiced: list[bool]) -> None:
    passed = set(passed_numbers(voiced))
    for place in range(len(voiced) - 2):
        if all(voiced[place : place + 3]):
            assert {place, place + 1, place + 2} <= passed
