"""How two texts differ, as a unified diff, in a time that fits their length. Pure.

The library compares every line with every equal one, again for each match: twenty thousand lines of few different words took it
75 s. So it is given only what lies between the lines that both begin and end with, and where that is longer than people read
line by line, the one is told as replaced by the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

MOST_COMPARED = 3_000
"""Lines of each side."""
AROUND = 3
"""Lines shown around a change."""

Step = tuple[str, int, int, int, int]
"""What becomes of which lines, as the library says it: ``replace``, ``delete``, ``insert`` or ``equal``; from, to; from, to."""


def difference(before: str, after: str, names: tuple[str, str]) -> str:
    """Empty when both are equal. `names`: what to call the two."""
    return "\n".join(_unified(before.splitlines(), after.splitlines(), names))


def _unified(before: Sequence[str], after: Sequence[str], names: tuple[str, str]) -> Iterator[str]:
    head = _alike(before, after)
    tail = min(_alike(before[::-1], after[::-1]), min(len(before), len(after)) - head)
    if head + tail == len(before) == len(after):
        return
    yield from (f"--- {names[0]}", f"+++ {names[1]}")
    skipped, most = max(0, head - AROUND), max(0, tail - AROUND)
    old, new = before[skipped : len(before) - most], after[skipped : len(after) - most]
    for steps in _changes(old, new, head - skipped, tail - most):
        first, last = steps[0], steps[-1]
        yield f"@@ -{_range(skipped + first[1], skipped + last[2])} +{_range(skipped + first[3], skipped + last[4])} @@"
        for kind, old_from, old_to, new_from, new_to in steps:
            yield from (f"{' ' if kind == 'equal' else '-'}{line}" for line in old[old_from:old_to])
            if kind != "equal":
                yield from (f"+{line}" for line in new[new_from:new_to])


def _changes(old: Sequence[str], new: Sequence[str], head: int, tail: int) -> Iterable[list[Step]]:
    """Groups of steps; `head` and `tail`: how many lines are alike at both ends."""
    if max(len(old), len(new)) <= MOST_COMPARED:
        return SequenceMatcher(None, old, new).get_grouped_opcodes(AROUND)
    old_end, new_end = len(old) - tail, len(new) - tail
    whole: Step = ("replace", head, old_end, head, new_end)
    return [[("equal", 0, head, 0, head), whole, ("equal", old_end, len(old), new_end, len(new))]]


def _range(start: int, end: int) -> str:
    """As unified diffs count: from 1, the length left out when it is 1, before the first line when it is 0."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + (length > 0)},{length}"


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
