"""A company's own language model: a trigram model with absolute discounting, for joining to the decoding grammar.

Pure. The text (prompts, knowledge base, ticket subjects, product and agent names) becomes a weighted automaton whose
states are histories of at most two words; `tools/speech/compose_graph.cpp` joins it to the shipped grammar before
composing.

    p(w | h) = (c(h w) − d) / c(h)        for a word seen after h
             = α(h) · p(w | h′)           otherwise, h′ being h without its oldest word

Source: Ney, Essen, Kneser: "On structuring probabilistic dependences in stochastic language modelling" (1994).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from core.model import Value

ORDER = 3
_BEGIN, _END = "<s>", "</s>"
_NOT_SPEECH = re.compile(r"[^\w' ]+")
_HAS_DIGIT = re.compile(r"\d")
# compose_graph.cpp joins these two states to the grammar's own.
EMPTY_HISTORY, START = 0, 1

History = tuple[str, ...]


class Arc(Value, frozen=True):
    """From a state to a state with a word; the cost is −ln of its probability. An empty word backs off."""

    begin: int
    end: int
    word: str
    cost: float


class DomainModel(Value, frozen=True):
    """The automaton."""

    arcs: tuple[Arc, ...]
    finals: tuple[tuple[int, float], ...]
    """State and the cost of ending the sentence there."""


def normalise(text: str) -> list[list[str]]:
    """Sentences of lower-case words, as they are spoken; a line or a full stop ends a sentence, words with digits split
    it."""
    sentences: list[list[str]] = []
    for line in re.split(r"[\n.!?;:]+", text.lower().replace("’", "'")):
        run: list[str] = []
        for word in _NOT_SPEECH.sub(" ", line).replace("_", " ").split():
            if _HAS_DIGIT.search(word):
                sentences.append(run)
                run = []
            elif word.strip("'"):
                run.append(word.strip("'"))
        sentences.append(run)
    return [sentence for sentence in sentences if sentence]


def read_sounds_like(text: str) -> dict[str, tuple[str, ...]]:
    """Lines such as ``patchbay = patch bay``. Raises `ValueError` with the line's number."""
    entries: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, equals, spoken = line.lower().partition("=")
        if not equals or len(word.split()) != 1 or not spoken.split():
            raise ValueError(f"line {number}: expected “word = words it sounds like”")
        entries[word.strip()] = tuple(spoken.split())
    return entries


def estimate(sentences: Iterable[Sequence[str]]) -> DomainModel:
    """Raises `ValueError` when there is no sentence."""
    counts = _count(sentences)
    if not counts[()]:
        raise ValueError("a domain model needs at least one sentence")
    return _automaton(_probabilities(counts))


def write(model: DomainModel) -> Iterator[str]:
    """Lines for compose_graph: ``from to word cost`` and ``state cost``."""
    for arc in model.arcs:
        yield f"{arc.begin} {arc.end} {arc.word or '<eps>'} {arc.cost:.4f}\n"
    for state, cost in model.finals:
        yield f"{state} {cost:.4f}\n"


Followers = dict[History, dict[str, float]]


def _count(sentences: Iterable[Sequence[str]]) -> dict[History, Counter[str]]:
    counts: dict[History, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        words = (_BEGIN, *sentence, _END)
        for place in range(1, len(words)):
            for length in range(min(ORDER - 1, place) + 1):
                counts[words[place - length : place]][words[place]] += 1
    return counts


def _probabilities(counts: dict[History, Counter[str]]) -> tuple[Followers, dict[History, float]]:
    """Probabilities of the words seen after each history, and each history's weight of backing off."""
    discounts = {length: _discount(counts, length) for length in range(1, ORDER)}
    seen: Followers = {}
    back_off: dict[History, float] = {}
    for history in sorted(counts, key=len):
        followers = counts[history]
        total = followers.total()
        # Without history nothing is discounted: what was never seen is the shipped grammar's business.
        discount = discounts.get(len(history), 0.0)
        seen[history] = {word: (count - discount) / total for word, count in followers.items()}
        if history:
            left = discount * len(followers) / total
            covered = sum(seen[history[1:]].get(word, 0.0) for word in followers)
            back_off[history] = left / max(1.0 - covered, left)
    return seen, back_off


def _discount(counts: dict[History, Counter[str]], length: int) -> float:
    # Ney's estimate from how many n-grams were seen once and twice; kept off the ends, where small texts would push it.
    seen = Counter(count for history, followers in counts.items() if len(history) == length for count in followers.values())
    once, twice = seen[1], seen[2]
    return min(max(once / (once + 2 * twice), 0.1), 0.9) if once else 0.5


def _automaton(probabilities: tuple[Followers, dict[History, float]]) -> DomainModel:
    seen, back_off = probabilities
    states: dict[History, int] = {(): EMPTY_HISTORY, (_BEGIN,): START}
    for history in seen:
        states.setdefault(history, len(states))
    arcs: list[Arc] = []
    finals: list[tuple[int, float]] = []
    for history, followers in seen.items():
        for word, probability in followers.items():
            if word == _END:
                finals.append((states[history], -math.log(probability)))
            else:
                arcs.append(Arc(states[history], states[_longest_known((*history, word), states)], word, -math.log(probability)))
        if history:
            arcs.append(Arc(states[history], states[_longest_known(history[1:], states)], "", -math.log(back_off[history])))
    return DomainModel(tuple(arcs), tuple(finals))


def _longest_known(history: History, states: dict[History, int]) -> History:
    history = history[-(ORDER - 1) :]
    while history not in states:
        history = history[1:]
    return history
