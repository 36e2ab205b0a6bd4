"""Under which names somebody answers commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class Addresses:
    """Names that may be taken up and given up while they are served."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._listeners: list[Callable[[], None]] = []

    @property
    def names(self) -> frozenset[str]:
        return self._names

    def set(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        for changed in tuple(self._listeners):
            changed()

    def listen(self, changed: Callable[[], None]) -> None:
        """Called at each change, until `leave`."""
        self._listeners.append(changed)

    def leave(self, changed: Callable[[], None]) -> None:
        self._listeners.remove(changed)
