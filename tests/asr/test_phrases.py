"""A choice is found among what was said around it."""

from __future__ import annotations

import pytest

from asr.phrases import pick
from core.model import Word

PHRASES = ("Billing", "technical support", "support")


@pytest.mark.parametrize(
    ("said", "phrase", "confidence"),
    [
        ("billing", "Billing", 1.0),
        ("[unk] billing [unk]", "Billing", 0.333),
        ("technical support", "technical support", 1.0),
        ("support", "support", 1.0),
        ("[unk]", "", 0.0),
        ("technical", "", 0.0),
    ],
)
def test_what_is_chosen(said: str, phrase: str, confidence: float) -> None:
    words = [Word(text=text, start_ms=0, end_ms=0, confidence=1.0) for text in said.split()]
    choice = pick(PHRASES, words)
    assert choice is not None
    assert (choice.phrase, choice.confidence) == (phrase, confidence)


def test_silence_is_no_choice() -> None:
    assert pick(PHRASES, []) is None
