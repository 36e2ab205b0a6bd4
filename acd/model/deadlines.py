"""Deadlines by key: set, cleared, and found in order without looking at the others.

A heap with lazy deletion: an entry counts only while the table still has its time for its key.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

Key = tuple[str, str]
"""What the deadline is of, and its id: ``("work", "work_1")``."""


class Deadlines:
    """Owns when something must happen next. Equal times fire in the order of their keys, so that a replay is exact."""

    def __init__(self, times: Mapping[Key, float] | None = None) -> None:
        self._times: dict[Key, float] = dict(times or {})
        self._heap: list[tuple[float, Key]] = [(when, key) for key, when in self._times.items()]
        heapq.heapify(self._heap)

    def set(self, key: Key, when: float) -> None:
        if self._times.get(key) != when:
            self._times[key] = when
            heapq.heappush(self._heap, (when, key))
            if len(self._heap) > 64 + 4 * len(self._times):
                self._heap = [(time, of) for of, time in self._times.items()]
                heapq.heapify(self._heap)

    def clear(self, key: Key) -> None:
        self._times.pop(key, None)

    def next(self) -> float | None:
        """The earliest deadline, or None."""
        while self._heap and self._times.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Iterator[Key]:
        """Takes out each key whose time has come, earliest first; keys set meanwhile count too."""
        while (when := self.next()) is not None and when <= now:
            _, key = heapq.heappop(self._heap)
            del self._times[key]
            yield key

    def times(self) -> dict[Key, float]:
        return dict(sorted(self._times.items()))
