"""Which ways through a flow some paths have taken, and which none has (features I4)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from ivr.flow import Flow
from ivr.simulator import Path


class Way(NamedTuple):
    """From a step to a step; `label` names the exits that lead so."""

    step: str
    label: str
    to: str


class Coverage(NamedTuple):
    """Ways taken and not taken, in the order of the file."""

    taken: tuple[Way, ...]
    missing: tuple[Way, ...]

    @property
    def share(self) -> float:
        """0…1."""
        ways = len(self.taken) + len(self.missing)
        return len(self.taken) / ways if ways else 1.0


def coverage(flow: Flow, paths: Iterable[Path]) -> Coverage:
    """Exits of one step that lead to the same step count as one way: the path does not tell them apart."""
    walked = {pair for path in paths for pair in pairwise(path.names)}
    ways: list[Way] = []
    for name, step in flow.steps.items():
        labels: dict[str, list[str]] = {}
        for exit_ in step.exits():
            labels.setdefault(exit_.to, []).append(exit_.label)
        ways += [Way(name, " / ".join(names), to) for to, names in labels.items()]
    taken = tuple(way for way in ways if (way.step, way.to) in walked)
    return Coverage(taken, tuple(way for way in ways if way not in taken))
