"""Words stand where they were said; what was shown is always ended."""

from __future__ import annotations

from asr.recognizer import HeardWord
from asr.transcript import Timeline, Transcript


def word(text: str, start_s: float, end_s: float, confidence: float = 1.0) -> HeardWord:
    return HeardWord(text=text, start_s=start_s, end_s=end_s, confidence=confidence)


def test_sound_that_was_never_fed_is_counted_in_the_words_times() -> None:
    timeline = Timeline()
    timeline.feed(8000, 16_000)  # one second, heard at 2 s
    timeline.feed(8000, 24_000)  # straight on
    timeline.feed(8000, 80_000)  # at 10 s
    assert [timeline.to_ms(at) for at in (0.0, 0.5, 1.5, 2.0, 2.5)] == [2000, 2500, 3500, 10_000, 10_500]
    assert timeline.end_ms == 11_000


def test_old_stretches_are_forgotten_after_an_utterance() -> None:
    timeline = Timeline()
    timeline.feed(8000, 16_000)
    timeline.feed(8000, 80_000)
    timeline.forget_before_last()
    timeline.feed(8000, 160_000)
    assert [timeline.to_ms(at) for at in (1.5, 2.5)] == [10_500, 20_500]


def test_partials_carry_the_number_of_the_final_that_replaces_them() -> None:
    timeline = Timeline()
    transcript = Transcript(timeline)
    for _ in range(2):
        transcript.begin(1000)
        timeline.feed(8000, 8000)
        partial = transcript.partial("good")
        final = transcript.final([word("good", 0.1, 0.4), word("morning", 0.5, 0.9)])
        assert partial is not None
        assert final is not None
        assert partial.utterance == final.utterance
        assert (partial.start_ms, final.text, final.start_ms, final.end_ms) == (1000, "good morning", 1100, 1900)
        timeline = Timeline()
        transcript = Transcript(timeline)


def test_the_same_partial_is_said_once() -> None:
    transcript = Transcript(Timeline())
    assert transcript.partial("hello") is not None
    assert transcript.partial("hello") is None
    assert transcript.partial("") is None


def test_a_shown_utterance_of_which_nothing_remains_is_ended_with_nothing() -> None:
    transcript = Transcript(Timeline())
    assert transcript.final([]) is None
    transcript.partial("uh")
    final = transcript.final([])
    assert final is not None
    assert (final.text, final.words, final.utterance) == ("", (), 0)


def test_a_word_that_is_spoken_as_several_is_written_as_one() -> None:
    timeline = Timeline()
    timeline.feed(16_000, 0)
    transcript = Transcript(timeline)
    partial = transcript.partial("call patchbay <+>")
    final = transcript.final([word("call", 0.1, 0.4), word("patchbay", 0.4, 0.7, 0.9), word("<+>", 0.7, 1.0, 0.8)])
    assert partial is not None
    assert final is not None
    assert partial.text == final.text == "call patchbay"
    assert (final.words[1].start_ms, final.words[1].end_ms, final.words[1].confidence) == (400, 1000, 0.8)
