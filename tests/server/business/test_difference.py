"""Two versions of a text, compared."""

from __future__ import annotations

import random
import time
from difflib import unified_diff

import pytest

from server.business.difference import MOST_COMPARED, difference

NAMES = ("version 1", "version 2")


@pytest.mark.parametrize("seed", range(200))
def test_it_is_the_diff_that_everybody_knows(seed: int) -> None:
    chance = random.Random(seed)
    words = [f"line {number}" for number in range(chance.choice([1, 3, 60]))]
    before = [chance.choice(words) for _ in range(chance.randrange(40))]
    after = [line for line in before if chance.random() > 0.1]
    for _ in range(chance.randrange(4)):
        after.insert(chance.randrange(len(after) + 1), chance.choice(words))
    told = difference("\n".join(before), "\n".join(after), NAMES).splitlines()
    assert applied(before, told) == after
    assert bool(told) is (before != after)


def applied(before: list[str], told: list[str]) -> list[str]:
    """What a patch program makes of it."""
    after: list[str] = []
    at = 0
    for line in told[2:]:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            first = int(start) - (length != "0")
            after += before[at:first]
            at = first
        elif line[0] == "+":
            after.append(line[1:])
        else:
            assert before[at] == line[1:]
            after += [line[1:]] if line[0] == " " else []
            at += 1
    return after + before[at:]


def test_one_line_in_a_long_text_is_shown_as_ever() -> None:
    before = [f"line {number}" for number in range(50_000)]
    after = [*before[:30_000], "new", *before[30_001:]]
    told = difference("\n".join(before), "\n".join(after), NAMES).splitlines()
    assert told == list(unified_diff(before, after, *NAMES, lineterm=""))


def test_long_texts_of_few_words_are_compared_in_no_time() -> None:
    """It took 75 s, on the loop that calls and screens wait for."""
    before = [f"# {number % 150}" for number in range(20_000)]
    after = before[::-1]
    began = time.thread_time()
    told = difference("\n".join(before), "\n".join(after), NAMES).splitlines()
    assert time.thread_time() - began < 2
    assert applied(before, told) == after
    assert len(before) > MOST_COMPARED
