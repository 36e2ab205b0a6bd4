"""When a recognizer hears: its network takes sound in blocks, and between two blocks more sound changes nothing.

Kaldi's online decoding computes a block once all its frames are there, and some beyond (nnet3's `frames_per_chunk` and right
context). Handing sound over before then wakes a thread and fills the caches for nothing; handing it over right then costs
nothing in time. Vosk does not say how long its blocks are, but shows it: a block takes a hundred times as long as none.

Pure: `find` judges what was measured (`vosk_recognizer.py` measures).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from core.model import Value

_BLOCKS = 5
_CONTRAST = 10.0
"""A block costs at least so many times as much as a step without one."""
_ALIKE = 0.3
"""And at least this share of what the dearest few cost."""


class ChunkSchedule(Value, frozen=True, kw_only=True):
    """Samples of an utterance after which the recognizer hears more."""

    first: int
    period: int

    def next_after(self, fed: int) -> int:
        """How much sound of the utterance there must be until more is heard, if `fed` samples were handed over."""
        if fed < self.first:
            return self.first
        return self.first + ((fed - self.first) // self.period + 1) * self.period


AT_ONCE = ChunkSchedule(first=1, period=1)
"""Nothing is known: all sound is handed over as it comes."""


def find(costs: Sequence[float], step: int) -> ChunkSchedule:
    """From the cost of each `step` samples of one utterance; `AT_ONCE` unless the dear ones are equally far apart.

    A block seen too late by less than a step is what a step's granularity makes of it.
    """
    if len(costs) < _BLOCKS:
        return AT_ONCE
    block = sorted(costs)[-_BLOCKS]
    dear = [place for place, cost in enumerate(costs) if cost > _ALIKE * block]
    distances = {after - before for before, after in pairwise(dear)}
    if block < _CONTRAST * median(costs) or len(distances) != 1:
        return AT_ONCE
    return ChunkSchedule(first=(dear[0] + 1) * step, period=distances.pop() * step)
