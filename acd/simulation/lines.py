"""One queue, agents alike, first come first served, on many independent paths at once.

The whole state of a path is when each agent becomes free, smallest first. A customer would wait until the earliest of them; who
has less patience leaves and changes nothing for those behind. That is the recursion of Kiefer and Wolfowitz, "On the theory of
queues with many servers" (1955), with reneging.

`tests/acd/simulation/test_agreement.py` shows that the real engine gives every customer the same wait.
"""

from __future__ import annotations

from heapq import heapreplace
from typing import Protocol

import numpy as np

from acd.simulation.draws import Array, Block

MOST_IN_STEP = 160
"""With more agents a heap is faster than moving the whole row."""


class Line(Protocol):
    """Remembers when agents become free."""

    def waits(self, block: Block) -> Array:
        """How long each customer would have to wait, whatever the patience; customers come after all those before."""
        ...


def line(agents: int, paths: int) -> Line:
    return LineInStep(agents, paths) if agents <= MOST_IN_STEP else LineOfHeaps(agents, paths)


class LineInStep:
    """All paths take one customer, then the next: each operation of numpy works on a row of paths.

    The free times are kept sorted down each column. Serving takes the first, x, away and puts y >= x in:
    new[k] = max(old[k], min(old[k+1], y)) for the rows but the last, and max(old[last], y) there.
    """

    def __init__(self, agents: int, paths: int) -> None:
        self._free_at = np.zeros((agents, paths))
        self._lower = np.empty((agents - 1, paths))
        self._y = np.empty(paths)

    def waits(self, block: Block) -> Array:
        begins = np.empty_like(block.arrivals)
        handle = block.handle
        free_at, lower, y = self._free_at, self._lower, self._y
        earliest, rest = free_at[0], free_at[1:]
        gives_up = None if block.patience is None else block.arrivals + block.patience
        for number, begin in enumerate(begins):
            np.maximum(block.arrivals[number], earliest, out=begin)
            np.add(begin, handle[number], out=y)
            if gives_up is not None:
                np.copyto(y, earliest, where=begin > gives_up[number])  # gone: the agent is free when it was
            np.minimum(rest, y, out=lower)
            np.maximum(free_at[-1], y, out=free_at[-1])
            np.maximum(free_at[:-1], lower, out=free_at[:-1])
        begins -= block.arrivals
        return begins


class LineOfHeaps:
    """One path after the other, a heap each; also what `LineInStep` is tested against."""

    def __init__(self, agents: int, paths: int) -> None:
        self._free_at = [[0.0] * agents for _ in range(paths)]

    def waits(self, block: Block) -> Array:
        waits = np.empty_like(block.arrivals)
        patience = np.full(block.arrivals.shape, np.inf) if block.patience is None else block.patience
        for path, free_at in enumerate(self._free_at):
            columns = (block.arrivals[:, path], patience[:, path], block.handle[:, path])
            waits[:, path] = _one_path(free_at, *(column.tolist() for column in columns))
        return waits


def _one_path(free_at: list[float], arrivals: list[float], patience: list[float], handle: list[float]) -> list[float]:
    waits = []
    for arrival, stays, taken in zip(arrivals, patience, handle, strict=True):
        begin = max(arrival, free_at[0])
        if begin <= arrival + stays:
            heapreplace(free_at, begin + taken)
        waits.append(begin - arrival)
    return waits
