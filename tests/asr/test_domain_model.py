"""A company's texts become probabilities that sum to one, and lines that the composer reads."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.domain_model import EMPTY_HISTORY, START, DomainModel, estimate, normalise, read_sounds_like, write

SENTENCES = [["press", "one"], ["press", "two"], ["press", "one", "for", "billing"], ["goodbye"]]
words = st.sampled_from(["press", "one", "two", "billing", "please", "hold"])


def mass_leaving(model: DomainModel, state: int) -> float:
    """What a state gives to words and the sentence's end, without backing off."""
    arcs = sum(math.exp(-arc.cost) for arc in model.arcs if arc.begin == state and arc.word)
    return arcs + sum(math.exp(-cost) for final, cost in model.finals if final == state)


def probability(model: DomainModel, sentence: list[str]) -> float:
    """Of the best way through the automaton."""
    arcs = defaultdict(list)
    for arc in model.arcs:
        arcs[arc.begin].append(arc)
    finals = dict(model.finals)

    def best(state: int, rest: tuple[str, ...], depth: int) -> float:
        found = [math.exp(-finals[state])] if not rest and state in finals else []
        for arc in arcs[state]:
            if not arc.word and depth < 3:
                found.append(math.exp(-arc.cost) * best(arc.end, rest, depth + 1))
            elif rest and arc.word == rest[0]:
                found.append(math.exp(-arc.cost) * best(arc.end, rest[1:], 0))
        return max(found, default=0.0)

    return best(START, tuple(sentence), 0)


def test_what_was_seen_is_likelier_than_what_was_not() -> None:
    model = estimate(SENTENCES)
    assert (
        probability(model, ["press", "one"]) > probability(model, ["press", "two"]) > probability(model, ["press", "billing"]) > 0
    )
    assert probability(model, ["dinner"]) == 0


@given(st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=20))
def test_no_state_gives_away_more_than_one(sentences: list[list[str]]) -> None:
    model = estimate(sentences)
    states = {arc.begin for arc in model.arcs} | {state for state, _ in model.finals}
    assert mass_leaving(model, EMPTY_HISTORY) == pytest.approx(1.0)
    for state in states - {EMPTY_HISTORY}:
        assert mass_leaving(model, state) < 1.0
    assert all(arc.cost >= 0 for arc in model.arcs)


@given(st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=20))
def test_backing_off_always_ends_at_the_empty_history(sentences: list[list[str]]) -> None:
    back = {arc.begin: arc.end for arc in estimate(sentences).arcs if not arc.word}
    for ends in back.values():
        assert EMPTY_HISTORY in (ends, back.get(ends))


def test_lines_for_the_composer() -> None:
    lines = list(write(estimate([["hold"]])))
    assert f"{EMPTY_HISTORY} 2 hold 0.6931\n" in lines
    assert any(line.split()[2] == "<eps>" for line in lines if len(line.split()) == 4)
    assert all(len(line.split()) in (2, 4) for line in lines)


def test_text_becomes_spoken_words() -> None:
    assert normalise("Press 1 for “Billing” — or don’t.\nTICKET_42: e-mail") == [
        ["press"],
        ["for", "billing", "or", "don't"],
        ["ticket"],
        ["e", "mail"],
    ]


def test_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sentence"):
        estimate([])


def test_words_that_sound_like_others() -> None:
    assert read_sounds_like("# ours\nPatchbay = patch bay\n\n") == {"patchbay": ("patch", "bay")}
    for bad in ("patchbay", "= patch", "patchbay =", "patch bay = patchbay"):
        with pytest.raises(ValueError, match="line 2"):
            read_sounds_like(f"a = b\n{bad}")
